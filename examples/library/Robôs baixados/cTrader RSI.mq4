using System;
using cAlgo.API;
using cAlgo.API.Indicators;

namespace cAlgo.Robots
{
    // veio no mesmo zip dos robôs de MT4, mas é de cTrader
    [Robot(TimeZone = TimeZones.UTC, AccessRights = AccessRights.None)]
    public class RsiSimples : Robot
    {
        [Parameter("Período", DefaultValue = 14, MinValue = 2)]
        public int Periodo { get; set; }

        [Parameter("Volume", DefaultValue = 1000)]
        public int Volume { get; set; }

        [Parameter("Stop (pips)", DefaultValue = 25)]
        public int StopPips { get; set; }

        private RelativeStrengthIndex _rsi;
        private const string Rotulo = "rsi-simples";

        protected override void OnStart()
        {
            _rsi = Indicators.RelativeStrengthIndex(Bars.ClosePrices, Periodo);
        }

        protected override void OnBar()
        {
            if (Positions.Find(Rotulo) != null)
            {
                return;
            }

            if (_rsi.Result.Last(1) < 30)
            {
                ExecuteMarketOrder(TradeType.Buy, SymbolName, Volume, Rotulo, StopPips, StopPips * 2);
            }
            else if (_rsi.Result.Last(1) > 70)
            {
                ExecuteMarketOrder(TradeType.Sell, SymbolName, Volume, Rotulo, StopPips, StopPips * 2);
            }
        }
    }
}
