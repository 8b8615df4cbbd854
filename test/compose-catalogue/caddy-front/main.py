from fastapi import FastAPI

app = FastAPI()
answer = "FastAPI behind Caddy"


@app.get("/")
def read_root():
    return answer
