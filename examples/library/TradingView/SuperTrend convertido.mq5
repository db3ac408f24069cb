//@version=5
indicator("SuperTrend convertido", overlay = true)

// era para virar MQL5; ainda é Pine
fator = input.float(3.0, "Fator", step = 0.1)
periodo = input.int(10, "ATR")
avisa = input.bool(true, "Avisar na virada")

[linha, direcao] = ta.supertrend(fator, periodo)
alta = direcao < 0
virouAlta = alta and not alta[1]
virouBaixa = not alta and alta[1]

plot(alta ? linha : na, "Alta", color.green, 2, plot.style_linebr)
plot(alta ? na : linha, "Baixa", color.red, 2, plot.style_linebr)
plotshape(virouAlta, "Compra", shape.labelup, location.belowbar, color.green, text = "C", textcolor = color.white)
plotshape(virouBaixa, "Venda", shape.labeldown, location.abovebar, color.red, text = "V", textcolor = color.white)

if avisa and virouAlta
    alert("SuperTrend virou para cima", alert.freq_once_per_bar_close)
if avisa and virouBaixa
    alert("SuperTrend virou para baixo", alert.freq_once_per_bar_close)
