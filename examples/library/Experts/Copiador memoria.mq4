//+------------------------------------------------------------------+
//|                                             Copiador memoria.mq4 |
//|    Copia as ordens do terminal mestre por arquivo mapeado        |
//+------------------------------------------------------------------+
#property copyright "Oficina do Robô"
#property strict

#import "kernel32.dll"
int  CreateFileMappingW(int hFile,int attributes,int protect,int sizeHigh,int sizeLow,string name);
int  MapViewOfFile(int handle,int access,int offsetHigh,int offsetLow,int bytes);
int  UnmapViewOfFile(int address);
int  CloseHandle(int handle);
void RtlMoveMemory(int &destino[],int origem,int bytes);
#import

#define LINHAS 64

input string Canal      = "Local\\copiador_br";
input double FatorLote  = 1.0;     // lote do seguidor / lote do mestre
input int    Magic      = 60606;
input bool   CopiaStop  = true;

int mapa=0,vista=0;

int OnInit()
  {
   mapa=CreateFileMappingW(-1,0,4,0,LINHAS*24,Canal);
   if(mapa==0) return(INIT_FAILED);
   vista=MapViewOfFile(mapa,4,0,0,LINHAS*24);
   if(vista==0) return(INIT_FAILED);
   EventSetMillisecondTimer(100);
   return(INIT_SUCCEEDED);
  }

void OnDeinit(const int motivo)
  {
   EventKillTimer();
   if(vista!=0) UnmapViewOfFile(vista);
   if(mapa!=0)  CloseHandle(mapa);
  }

// acha a nossa cópia pelo comentário, que guarda o ticket do mestre
int Espelho(int ticketMestre)
  {
   string marca="M"+IntegerToString(ticketMestre);
   for(int i=OrdersTotal()-1;i>=0;i--)
      if(OrderSelect(i,SELECT_BY_POS,MODE_TRADES))
         if(OrderMagicNumber()==Magic && OrderComment()==marca) return(OrderTicket());
   return(-1);
  }

bool AindaNoMestre(const int &linha[],int quantas,int ticket)
  {
   for(int k=1;k<=quantas;k++)
      if(linha[k*6]==ticket) return(true);
   return(false);
  }

void OnTimer()
  {
   int linha[LINHAS*6];
   RtlMoveMemory(linha,vista,LINHAS*24);
   int quantas=linha[0];
   if(quantas<0 || quantas>=LINHAS) return;

   for(int k=1;k<=quantas;k++)
     {
      int    ticket=linha[k*6];
      int    tipo  =linha[k*6+1];
      double lote  =linha[k*6+2]/100.0*FatorLote;
      double stop  =linha[k*6+3]*Point;
      double alvo  =linha[k*6+4]*Point;
      if(tipo>OP_SELL || Espelho(ticket)>0) continue;
      double preco=(tipo==OP_BUY)?Ask:Bid;
      if(OrderSend(Symbol(),tipo,lote,preco,10,CopiaStop?stop:0,alvo,"M"+IntegerToString(ticket),Magic)<0)
         Print("cópia recusada: ",GetLastError());
     }

   for(int i=OrdersTotal()-1;i>=0;i--)
     {
      if(!OrderSelect(i,SELECT_BY_POS,MODE_TRADES) || OrderMagicNumber()!=Magic) continue;
      int original=(int)StringToInteger(StringSubstr(OrderComment(),1));
      if(AindaNoMestre(linha,quantas,original)) continue;
      double saida=(OrderType()==OP_BUY)?Bid:Ask;
      if(!OrderClose(OrderTicket(),OrderLots(),saida,10)) Print("fechamento: ",GetLastError());
     }
  }
//+------------------------------------------------------------------+
