<!DOCTYPE html>
<html lang="pt-BR">
<head>
  <meta charset="utf-8">
  <title>Arquivo não encontrado - Fórum dos Robôs</title>
  <style>
    body { font-family: sans-serif; margin: 3em; color: #333 }
    .aviso { border: 1px solid #c00; padding: 1em }
  </style>
</head>
<body>
  <h1>Fórum dos Robôs</h1>
  <div class="aviso">
    <p>O anexo <b>ScalperDefinitivo.mq4</b> só pode ser baixado por membros.</p>
    <p>Faça <a href="/login">login</a> ou <a href="/cadastro">cadastre-se</a> para continuar.</p>
  </div>
  <script>
    setTimeout(function () { window.location = "/login"; }, 8000);
  </script>
</body>
</html>
