const answer = `a bot with token ${process.env.BOT_TOKEN}`;
setInterval(() => console.log(answer), 60_000);
