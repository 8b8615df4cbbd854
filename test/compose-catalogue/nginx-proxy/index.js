const answer = `a site for ${process.env.VIRTUAL_HOST}`;

require("node:http")
  .createServer((_, response) => response.end(answer))
  .listen(process.env.PORT || 8080);
