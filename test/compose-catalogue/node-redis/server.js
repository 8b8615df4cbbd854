const { createServer } = require("node:http");

const answer = `a counter in ${process.env.NODE_ENV}`;

createServer((request, response) => {
  response.end(`${answer}\n`);
}).listen(3000);
