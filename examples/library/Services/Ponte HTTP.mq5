//+------------------------------------------------------------------+
//|                                                   Ponte HTTP.mq5 |
//|      serviço: manda saldo e cotações para o painel caseiro       |
//+------------------------------------------------------------------+
#property service
#property copyright "Casa dos Robôs"
#property version   "1.0"

input string Endereco  = "http://127.0.0.1:8065/mt5";
input int    Intervalo = 5;                       // segundos
input string Ativos    = "EURUSD,XAUUSD,US500";

//+------------------------------------------------------------------+
string Json(void)
  {
   string lista[],s;
   int n=StringSplit(Ativos,',',lista);
   s=StringFormat("{\"saldo\":%.2f,\"patrimonio\":%.2f,\"cotacoes\":{",
                  AccountInfoDouble(ACCOUNT_BALANCE),AccountInfoDouble(ACCOUNT_EQUITY));
   for(int i=0;i<n;i++)
     {
      MqlTick t;
      if(!SymbolInfoTick(lista[i],t)) continue;
      s+=(i>0?",":"")+StringFormat("\"%s\":[%.5f,%.5f]",lista[i],t.bid,t.ask);
     }
   return(s+"}}");
  }
//+------------------------------------------------------------------+
bool Manda(const string corpo)
  {
   char envio[],volta[];
   string cab;
   StringToCharArray(corpo,envio,0,StringLen(corpo),CP_UTF8);
   int codigo=WebRequest("POST",Endereco,"Content-Type: application/json\r\n",3000,envio,volta,cab);
   if(codigo!=200) PrintFormat("ponte: código %d, erro %d",codigo,GetLastError());
   return(codigo==200);
  }
//+------------------------------------------------------------------+
void OnStart()
  {
   int falhas=0;
   while(!IsStopped() && falhas<20)
     {
      falhas=Manda(Json())?0:falhas+1;
      Sleep(Intervalo*1000);
     }
  }
//+------------------------------------------------------------------+
