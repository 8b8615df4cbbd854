const answer = `odds and ends`;
require("node:http")
  .createServer((_, response) => response.end(answer))
  .listen(3000);
