# All mistakes in one run, with their places.

+++ declarative.yaml
version: 1
nmae: shop
executions:
  hello:
    workflow: workflows/quick.yaml
    input: {say: '${var.missing}'}
    runn: once
  other:
    workflow: workflows/missing.yaml
    stop_grace: soon
    depends_on: [helo]
+++

$ declarative validate
!
! Error: Unknown key "nmae"
!
!  on declarative.yaml line 2:
!  2: nmae: shop
!  ^^^^
!
! hint: Did you mean "name"?
!
! Error: There is no variable "missing"
!
!  with hello,
!  on declarative.yaml line 6:
!  6:  input: {say: '${var.missing}'}
!  ^^^^^^^^^^^^^^
!
! Error: Unknown key "runn" in executions.hello
!
!  with hello,
!  on declarative.yaml line 7:
!  7:  runn: once
!  ^^^^
!
! hint: Did you mean "run"?
!
! Error: stop_grace must be a duration such as 90s, 2m, 1h30m or 1d, not "soon"
!
!  with other,
!  on declarative.yaml line 10:
!  10:  stop_grace: soon
!  ^^^^
!
! hint: The largest unit first: w, d, h, m, s.
!
! Error: There is no execution "helo"
!
!  with other,
!  on declarative.yaml line 11:
!  11:  depends_on: [helo]
!  ^^^^
!
! hint: Did you mean "hello"?
= 1
$ declarative plan
! Reading the files, the state and what is active ...
!
! Error: Unknown key "nmae"
!
!  on declarative.yaml line 2:
!  2: nmae: shop
!  ^^^^
!
! hint: Did you mean "name"?
!
! Error: There is no variable "missing"
!
!  with hello,
!  on declarative.yaml line 6:
!  6:  input: {say: '${var.missing}'}
!  ^^^^^^^^^^^^^^
!
! Error: Unknown key "runn" in executions.hello
!
!  with hello,
!  on declarative.yaml line 7:
!  7:  runn: once
!  ^^^^
!
! hint: Did you mean "run"?
!
! Error: stop_grace must be a duration such as 90s, 2m, 1h30m or 1d, not "soon"
!
!  with other,
!  on declarative.yaml line 10:
!  10:  stop_grace: soon
!  ^^^^
!
! hint: The largest unit first: w, d, h, m, s.
!
! Error: There is no execution "helo"
!
!  with other,
!  on declarative.yaml line 11:
!  11:  depends_on: [helo]
!  ^^^^
!
! hint: Did you mean "hello"?
= 1
$ declarative apply --auto-approve
!
! Error: Unknown key "nmae"
!
!  on declarative.yaml line 2:
!  2: nmae: shop
!  ^^^^
!
! hint: Did you mean "name"?
!
! Error: There is no variable "missing"
!
!  with hello,
!  on declarative.yaml line 6:
!  6:  input: {say: '${var.missing}'}
!  ^^^^^^^^^^^^^^
!
! Error: Unknown key "runn" in executions.hello
!
!  with hello,
!  on declarative.yaml line 7:
!  7:  runn: once
!  ^^^^
!
! hint: Did you mean "run"?
!
! Error: stop_grace must be a duration such as 90s, 2m, 1h30m or 1d, not "soon"
!
!  with other,
!  on declarative.yaml line 10:
!  10:  stop_grace: soon
!  ^^^^
!
! hint: The largest unit first: w, d, h, m, s.
!
! Error: There is no execution "helo"
!
!  with other,
!  on declarative.yaml line 11:
!  11:  depends_on: [helo]
!  ^^^^
!
! hint: Did you mean "hello"?
= 1
