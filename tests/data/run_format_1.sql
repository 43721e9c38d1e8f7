PRAGMA application_id = 1163283284;
PRAGMA user_version = 1;
BEGIN TRANSACTION;
CREATE TABLE labels (
    transcript INTEGER NOT NULL REFERENCES transcripts (id) ON DELETE CASCADE,
    turn INTEGER NOT NULL, metric TEXT NOT NULL, value REAL, PRIMARY KEY (transcript, turn, metric)) WITHOUT ROWID;
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
INSERT INTO "meta" VALUES('packages','{"python": "3.11.7", "evalkit": "0.1.0", "jinja2": "3.1.6", "math-verify": "0.9.0", "numpy": "2.4.6", "openai": "3.57.0", "pandas": "3.1.1", "rapidfuzz": "3.14.6", "scipy": "1.17.1", "torch": "2.13.0+cpu", "transformers": "5.24.0"}');
INSERT INTO "meta" VALUES('writer','process 1 on a-machine');
INSERT INTO "meta" VALUES('problem:p/00001','befb982a19079b31d35b3b8d8ee3554f912e791727427ab8eb85e5713574783a');
INSERT INTO "meta" VALUES('problem:p/00002','f0218f32d34e56ac4ca9994b988d5a10f37082bb5fab7ed4110431af192472d2');
INSERT INTO "meta" VALUES('template:ban_approach.j2','733697718e5c1e724b742c790a071d2b5479bf944e48cecec9c75e12c6d339ce');
INSERT INTO "meta" VALUES('template:plain.j2','bee6f9f8703df0755f3fd7b65dcf482f920345f9fc5cd08bc01ec9779013356b');
INSERT INTO "meta" VALUES('experiment','{"title":"","note":"","problems":["p/*"],"templates":["plain","ban_approach"],"samples":1,"groups":[],"baseline":"plain","contrasts":[],"interactions":[],"delta":{},"models":[{"id":"openai:m","name":null,"base_url":"http://127.0.0.1:41821/v1","api_key_env":null,"parameters":{"seed":1,"max_tokens":50},"prices":{"input":0.0,"output":0.0},"limits":{"in_flight":64,"requests_per_minute":null,"tokens_per_minute":null,"timeout":600.0,"connect_timeout":15.0,"first_byte_timeout":null,"attempts":6}}],"seed":0,"budget":{"max_cost":null,"max_requests":null},"stop":null,"scorers":null}');
CREATE TABLE replies (
    key TEXT PRIMARY KEY, model TEXT NOT NULL, request TEXT NOT NULL, reply TEXT NOT NULL) WITHOUT ROWID;
INSERT INTO "replies" VALUES('013f937b99b265520897674539340ce13c328ebf873a669060241755db064237','openai:m','{"model": "openai:m", "endpoint": "http://127.0.0.1:41821/v1", "messages": [["user", "Say exactly: **Final answer:** 2"]], "parameters": {"seed": 1, "max_tokens": 50}, "sample": 0}','{"role": "assistant", "content": "**Final answer:** 2 (the other machine)", "finish_reason": "stop", "usage": {"input_tokens": 5, "output_tokens": 6}, "served_by": "m"}');
INSERT INTO "replies" VALUES('09fd34d2775c7d90e02c1ed3acc7f41a11d6b3a1c70b1137758a8efabf9ba381','openai:m','{"model": "openai:m", "endpoint": "http://127.0.0.1:37053/v1", "messages": [["user", "Say exactly: **Final answer:** 2\n\nDo not use fingers."]], "parameters": {"seed": 1, "max_tokens": 50}, "sample": 0}','{"role": "assistant", "content": "**Final answer:** 2", "finish_reason": "stop", "usage": {"input_tokens": 9, "output_tokens": 3}, "served_by": "m"}');
INSERT INTO "replies" VALUES('1b2a48604942a836f0b4349a1fdb0952d13b39048dbde2e4c76f4d485efe78ae','openai:m','{"model": "openai:m", "endpoint": "http://127.0.0.1:37053/v1", "messages": [["user", "Say exactly: **Final answer:** 1\n\nDo not use fingers."]], "parameters": {"seed": 1, "max_tokens": 50}, "sample": 0}','{"role": "assistant", "content": "**Final answer:** 1", "finish_reason": "stop", "usage": {"input_tokens": 9, "output_tokens": 3}, "served_by": "m"}');
INSERT INTO "replies" VALUES('aaad4061b4bc2eefcb6bd5510ded88cfa8d394895287c7445fda83dd7cd097b2','openai:m','{"model": "openai:m", "endpoint": "http://127.0.0.1:41821/v1", "messages": [["user", "Say exactly: **Final answer:** 1\n\nDo not use fingers."]], "parameters": {"seed": 1, "max_tokens": 50}, "sample": 0}','{"role": "assistant", "content": "**Final answer:** 1 (the other machine)", "finish_reason": "stop", "usage": {"input_tokens": 9, "output_tokens": 6}, "served_by": "m"}');
INSERT INTO "replies" VALUES('afcacef807b55ea1e2533d357c00999370011aa49e5ce42a44a3c570d1902bc3','openai:m','{"model": "openai:m", "endpoint": "http://127.0.0.1:41821/v1", "messages": [["user", "Say exactly: **Final answer:** 2\n\nDo not use fingers."]], "parameters": {"seed": 1, "max_tokens": 50}, "sample": 0}','{"role": "assistant", "content": "**Final answer:** 2 (the other machine)", "finish_reason": "stop", "usage": {"input_tokens": 9, "output_tokens": 6}, "served_by": "m"}');
INSERT INTO "replies" VALUES('b4ad2cc20c8258c577633d2f091fb387468b761dbb5e2a96bda8572a63958320','openai:m','{"model": "openai:m", "endpoint": "http://127.0.0.1:41821/v1", "messages": [["user", "Say exactly: **Final answer:** 1"]], "parameters": {"seed": 1, "max_tokens": 50}, "sample": 0}','{"role": "assistant", "content": "**Final answer:** 1 (the other machine)", "finish_reason": "stop", "usage": {"input_tokens": 5, "output_tokens": 6}, "served_by": "m"}');
INSERT INTO "replies" VALUES('c0e9fe3b69f2ae75e24d8652c0dcb67b6a904176b3cda6d3de8db4234769dcdb','openai:m','{"model": "openai:m", "endpoint": "http://127.0.0.1:37053/v1", "messages": [["user", "Say exactly: **Final answer:** 1"]], "parameters": {"seed": 1, "max_tokens": 50}, "sample": 0}','{"role": "assistant", "content": "**Final answer:** 1", "finish_reason": "stop", "usage": {"input_tokens": 5, "output_tokens": 3}, "served_by": "m"}');
INSERT INTO "replies" VALUES('e2f04048842c4a28bff349e09f256e3f747abf04005bbe23690998d99be1bfda','openai:m','{"model": "openai:m", "endpoint": "http://127.0.0.1:37053/v1", "messages": [["user", "Say exactly: **Final answer:** 2"]], "parameters": {"seed": 1, "max_tokens": 50}, "sample": 0}','{"role": "assistant", "content": "**Final answer:** 2", "finish_reason": "stop", "usage": {"input_tokens": 5, "output_tokens": 3}, "served_by": "m"}');
CREATE TABLE scores (
    transcript INTEGER NOT NULL REFERENCES transcripts (id) ON DELETE CASCADE,
    turn INTEGER NOT NULL, scorer TEXT NOT NULL, metric TEXT NOT NULL, version TEXT NOT NULL,
    value REAL, reason TEXT NOT NULL, evidence TEXT NOT NULL,
    PRIMARY KEY (transcript, turn, scorer, metric, version)) WITHOUT ROWID;
INSERT INTO "scores" VALUES(5,1,'number','correct','1-58338d3c4f00',1.0,'answer: 1','{"details": {"given": "staff", "parts": {"answer": {"found": ["1"], "given": "staff", "how": "labelled", "value": 1.0}}}, "spans": [[18, 19, "answer", "answer"]]}');
INSERT INTO "scores" VALUES(6,1,'number','correct','1-58338d3c4f00',1.0,'answer: 1','{"details": {"given": "staff", "parts": {"answer": {"found": ["1"], "given": "staff", "how": "labelled", "value": 1.0}}}, "spans": [[18, 19, "answer", "answer"]]}');
INSERT INTO "scores" VALUES(7,1,'number','correct','1-5dffdba761ec',1.0,'answer: 2','{"details": {"given": "staff", "parts": {"answer": {"found": ["2"], "given": "staff", "how": "labelled", "value": 2.0}}}, "spans": [[18, 19, "answer", "answer"]]}');
INSERT INTO "scores" VALUES(8,1,'number','correct','1-5dffdba761ec',1.0,'answer: 2','{"details": {"given": "staff", "parts": {"answer": {"found": ["2"], "given": "staff", "how": "labelled", "value": 2.0}}}, "spans": [[18, 19, "answer", "answer"]]}');
CREATE TABLE specs (hash TEXT PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, text TEXT NOT NULL);
INSERT INTO "specs" VALUES('befb982a19079b31d35b3b8d8ee3554f912e791727427ab8eb85e5713574783a','problem','p/00001','
title = "Number 1"
statement = "Say exactly: **Final answer:** 1"
ban = "Do not use fingers."
[[hints]]
level = "method"
text = "Count to 1."
[pushback]
wrong = "No. Say exactly: **Final answer:** 0"
[staff]
solution = "1"
[score.number]
value = 1
');
INSERT INTO "specs" VALUES('f0218f32d34e56ac4ca9994b988d5a10f37082bb5fab7ed4110431af192472d2','problem','p/00002','
title = "Number 2"
statement = "Say exactly: **Final answer:** 2"
ban = "Do not use fingers."
[[hints]]
level = "method"
text = "Count to 2."
[pushback]
wrong = "No. Say exactly: **Final answer:** 0"
[staff]
solution = "2"
[score.number]
value = 2
');
INSERT INTO "specs" VALUES('bee6f9f8703df0755f3fd7b65dcf482f920345f9fc5cd08bc01ec9779013356b','template','plain.j2','{# Every other template is the difference to this one. #}
{% set about = "the problem alone" %}
{% block system %}
{% endblock %}
{% call user() %}
{% block before %}
{% endblock %}
{% if passage is defined %}
Passage:

{{ passage }}

{% endif %}
{{ statement }}
{% block after %}
{% endblock %}
{% endcall %}
{% block followup %}
{% endblock %}
');
INSERT INTO "specs" VALUES('733697718e5c1e724b742c790a071d2b5479bf944e48cecec9c75e12c6d339ce','template','ban_approach.j2','{% extends "plain.j2" %}
{% set about = "bans the approach that models prefer" %}
{% block after %}

{{ ban }}
{% endblock %}
');
CREATE TABLE transcripts (
    id INTEGER PRIMARY KEY, problem TEXT NOT NULL, template TEXT NOT NULL, model TEXT NOT NULL, sample INTEGER NOT NULL,
    fingerprint TEXT, scored_turn INTEGER, answers INTEGER NOT NULL, text_hash TEXT NOT NULL,
    opening TEXT NOT NULL, prompts TEXT NOT NULL,
    error TEXT, turns TEXT NOT NULL,
    UNIQUE (problem, template, model, sample));
INSERT INTO "transcripts" VALUES(5,'p/00001','plain','m',0,'22721a0210e7eee69d88227d9539c20b0440c98982bb9f4884d437d40a4a668e',NULL,1,'b342b9ee0031b200e537f00e326d18ffce672eecc9625d51aa00ad9b5e856d6a','6fcdd11f32cba6260441f9252aa1b0b6e1b41722256ac28780958150197a73cb','ab4063cae3b9534046011db8773f4f3a122dbfde52624e4db8a29e0383eb9e79',NULL,'[{"role": "user", "content": "Say exactly: **Final answer:** 1"}, {"role": "assistant", "content": "**Final answer:** 1 (the other machine)", "finish_reason": "stop", "usage": {"input_tokens": 5, "output_tokens": 6}, "served_by": "m"}]');
INSERT INTO "transcripts" VALUES(6,'p/00001','ban_approach','m',0,'dacf17dbe263871ba2a47271715e83ee0ee28331ed3ef17eb9ea910921b46296',NULL,1,'6851f984a829adf0f5cb2b2d084f4b327c8699dd149aad74f4f9855a790637f1','cb9d36e5f518d47d30394ca7053d0895de43bbb0f2f983d83990c6b9e57c593b','025e7898c97ef87a4726868f2c9a7f140eb707c77392387e5bb93e37dacabf75',NULL,'[{"role": "user", "content": "Say exactly: **Final answer:** 1\n\nDo not use fingers."}, {"role": "assistant", "content": "**Final answer:** 1 (the other machine)", "finish_reason": "stop", "usage": {"input_tokens": 9, "output_tokens": 6}, "served_by": "m"}]');
INSERT INTO "transcripts" VALUES(7,'p/00002','plain','m',0,'44485b85ed5355b8d650b52cb70128ad03b2d26d160ba17d140298de084c0237',NULL,1,'98e066afb8cc3b20ca93edda761182eeb7d152346b9fff00e81ab8f68e103e19','ba0dec8ef6c12d98a30ca23be18dde83115da76cdbfbca3ea85624b4a0d676eb','188ce3eb62b9858649b6da8ad25b709b13d8f31107a4de9550662cbd50fc88c4',NULL,'[{"role": "user", "content": "Say exactly: **Final answer:** 2"}, {"role": "assistant", "content": "**Final answer:** 2 (the other machine)", "finish_reason": "stop", "usage": {"input_tokens": 5, "output_tokens": 6}, "served_by": "m"}]');
INSERT INTO "transcripts" VALUES(8,'p/00002','ban_approach','m',0,'2b0103523924506460feaa03572b157b5b624db640905a5c3416ce08f630f8f0',NULL,1,'a928b0ed675317734f2f63550cb96456457ff1ce44bd3f64d46de96e924dc68a','d62ef59fd3ec47a69bda8a82fc26aefa5120fc2551ebd0f49aaff7dc06c5ce8f','4decc920ccca57b959e585e4b5eb8ff8efd2e8f24b3ba1e0aba78aeee1a70b90',NULL,'[{"role": "user", "content": "Say exactly: **Final answer:** 2\n\nDo not use fingers."}, {"role": "assistant", "content": "**Final answer:** 2 (the other machine)", "finish_reason": "stop", "usage": {"input_tokens": 9, "output_tokens": 6}, "served_by": "m"}]');
COMMIT;
