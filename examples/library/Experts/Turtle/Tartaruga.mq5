//+------------------------------------------------------------------+
//|                                                    Tartaruga.mq5 |
//|              só os parâmetros; o motor está no include           |
//+------------------------------------------------------------------+
#property copyright "Casco Duro"
#property version   "1.21"
#property description "Canal de Donchian 20/10"

input group "Canal"
input int    InpEntrada   = 20;     // barras do canal de entrada
input int    InpSaida     = 10;     // barras do canal de saída
input group "Risco"
input double InpRisco     = 1.0;    // % do patrimônio por unidade
input double InpStopN     = 2.0;    // stop em N (ATR)
input group "Outros"
input long   InpMagic     = 20102;
input ENUM_TIMEFRAMES InpTF = PERIOD_D1;

#include "TartarugaMotor.mqh"
