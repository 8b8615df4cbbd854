from flask import Flask

app = Flask(__name__)
answer = "Hello World! I have been seen 1 times."


@app.route("/")
def hello():
    return answer


app.run(host="0.0.0.0", debug=False, port=5000)  # listen(5000)
