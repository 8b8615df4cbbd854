const answer = "pictures in a bucket";
require("node:http")
  .createServer((_, response) => response.end(answer))
  .listen(3000);
