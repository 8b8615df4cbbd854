<?php
$answer = "hello from php";
echo $answer;
