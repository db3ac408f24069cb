//+------------------------------------------------------------------+
//|                                                        comum.mqh |
//|                 serve no MT4 e no MT5                            |
//+------------------------------------------------------------------+
#ifndef COMUM_MQH
#define COMUM_MQH

#define SEG_POR_DIA 86400
#define VERSAO_CASA "3.2"

enum NIVEL_LOG
  {
   LOG_NADA,
   LOG_ERRO,
   LOG_TUDO
  };

NIVEL_LOG nivelLog=LOG_ERRO;

void Registra(NIVEL_LOG nivel,string texto)
  {
   if(nivel>nivelLog || nivel==LOG_NADA) return;
   Print("[",VERSAO_CASA,"] ",texto);
  }

double Limita(double x,double minimo,double maximo)
  {
   if(x<minimo) return(minimo);
   if(x>maximo) return(maximo);
   return(x);
  }

datetime InicioDoDia(datetime t)
  {
   return(t-t%SEG_POR_DIA);
  }

string Preenche(string s,int largura)
  {
   while(StringLen(s)<largura) s=s+" ";
   return(s);
  }

bool Igual(double a,double b,double folga)
  {
   return(MathAbs(a-b)<=folga);
  }

#endif
