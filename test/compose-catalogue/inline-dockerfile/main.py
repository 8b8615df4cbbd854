answer = "no Dockerfile anywhere"
