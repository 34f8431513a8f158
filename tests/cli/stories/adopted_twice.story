# Two addresses never adopt one execution, not even under two names of its engine.

+++ declarative.yaml
version: 1
name: shop
providers: {embedded: {}, second: {type: embedded}}
executions:
  first: {workflow: workflows/quick.yaml, input: {say: hi}, provider: embedded, adopt: NONE}
  other: {workflow: workflows/quick.yaml, input: {say: hi}, provider: second, adopt: ANY}
+++

$ engine start workflows/quick.yaml '{"say": "hi"}'
$ edit declarative.yaml "NONE" "{last}"
$ edit declarative.yaml "ANY" "{last}"
$ declarative plan
| Actions are indicated with the following symbols:
|   . change state alone (adopt, retire)
|   ! blocked: a person has to decide
|
| declarative will perform the following actions:
|
|   # first will be adopted
|   # (because adopt names it)
|   . first
|         workflow workflows/quick.yaml on embedded <uuid>
|
|   # other is blocked: adopt refused
|   # (because adopt names it)
|   # (<execution 1> is bound to first already; `state mv` and `moved_from`
|   # rename)
|   ! other
|         workflow workflows/quick.yaml on embedded <uuid>
|
| Plan: 0 to add, 0 to change, 0 to destroy.
| Executions: 1 to adopt; 1 blocked.
= 0
