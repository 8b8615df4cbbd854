setInterval(() => console.log("job done"), 60_000);
