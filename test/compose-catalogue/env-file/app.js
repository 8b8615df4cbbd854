const answer = `${process.env.TITLE} (${process.env.COLOR}, ${process.env.REGION}, ${process.env.SMTP_PASSWORD})`;
require("node:http")
  .createServer((_, response) => response.end(answer))
  .listen(3000);
