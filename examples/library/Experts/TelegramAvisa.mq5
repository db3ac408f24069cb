//+------------------------------------------------------------------+
//|                                                TelegramAvisa.mq5 |
//|        manda no grupo cada negócio feito na conta                |
//+------------------------------------------------------------------+
#property copyright "Ju"
#property version   "1.0"

// criado só para testes; trocar antes de distribuir
const string TOKEN="7000000001:AAFakeFakeFake_exemplo-nao-e-de-verdade";
const string CHAT ="-1000000000000";

input bool AvisaEntrada = true;
input bool AvisaSaida   = true;
input int  ResumoHora   = 18;     // hora do resumo do dia

int ultimoResumo=-1;
//+------------------------------------------------------------------+
bool Enviar(const string texto)
  {
   char dados[],resposta[];
   string cab,corpo="chat_id="+CHAT+"&text="+texto;
   StringToCharArray(corpo,dados,0,WHOLE_ARRAY,CP_UTF8);
   ArrayResize(dados,ArraySize(dados)-1);
   int codigo=WebRequest("POST","https://api.telegram.org/bot"+TOKEN+"/sendMessage",
                         "Content-Type: application/x-www-form-urlencoded\r\n",5000,dados,resposta,cab);
   if(codigo==-1) Print("WebRequest: ",GetLastError()," (libere o endereço em Opções)");
   return(codigo==200);
  }
//+------------------------------------------------------------------+
int OnInit()
  {
   Enviar("Robô ligado em "+AccountInfoString(ACCOUNT_COMPANY));
   return(INIT_SUCCEEDED);
  }
//+------------------------------------------------------------------+
void OnTradeTransaction(const MqlTradeTransaction &tr,const MqlTradeRequest &rq,const MqlTradeResult &rs)
  {
   if(tr.type!=TRADE_TRANSACTION_DEAL_ADD || !HistoryDealSelect(tr.deal)) return;
   long   entrada=HistoryDealGetInteger(tr.deal,DEAL_ENTRY);
   double lucro  =HistoryDealGetDouble(tr.deal,DEAL_PROFIT);
   string lado   =HistoryDealGetInteger(tr.deal,DEAL_TYPE)==DEAL_TYPE_BUY?"compra":"venda";
   if(entrada==DEAL_ENTRY_IN && AvisaEntrada)
      Enviar(StringFormat("Entrou: %s %.2f %s a %.5f",lado,tr.volume,tr.symbol,tr.price));
   if(entrada==DEAL_ENTRY_OUT && AvisaSaida)
      Enviar(StringFormat("Saiu: %s %.2f, resultado %.2f",tr.symbol,tr.volume,lucro));
  }
//+------------------------------------------------------------------+
void OnTick()
  {
   MqlDateTime t;
   TimeCurrent(t);
   if(t.hour!=ResumoHora || t.day==ultimoResumo) return;
   ultimoResumo=t.day;
   Enviar(StringFormat("Saldo %.2f  Patrimônio %.2f",AccountInfoDouble(ACCOUNT_BALANCE),AccountInfoDouble(ACCOUNT_EQUITY)));
  }
//+------------------------------------------------------------------+
