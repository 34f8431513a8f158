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
! Error: This is not valid YAML: did not find expected ',' or '}'
!
!  on declarative.yaml line 6:
!  6:  input: {say: '${var.missing}'}
!  ^^^^^^^^^^^^
!
! hint: Single-quote values that hold ${...}.
= 1
$ declarative plan
!
! Error: This is not valid YAML: did not find expected ',' or '}'
!
!  on declarative.yaml line 6:
!  6:  input: {say: '${var.missing}'}
!  ^^^^^^^^^^^^
!
! hint: Single-quote values that hold ${...}.
= 1
$ declarative apply --auto-approve
!
! Error: This is not valid YAML: did not find expected ',' or '}'
!
!  on declarative.yaml line 6:
!  6:  input: {say: '${var.missing}'}
!  ^^^^^^^^^^^^
!
! hint: Single-quote values that hold ${...}.
= 1
