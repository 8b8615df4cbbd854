const answer = "the api of both networks";

require("node:http")
  .createServer((_, response) => response.end(answer))
  .listen(5000);
