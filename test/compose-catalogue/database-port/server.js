const answer = `a site whose database can be reached from the server`;
require("node:http")
  .createServer((_, response) => response.end(answer))
  .listen(8000);
