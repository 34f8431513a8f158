# The state document itself: pulled, pushed, and never by accident.

+++ declarative.yaml
version: 1
name: shop
executions:
  hello: {workflow: workflows/quick.yaml, input: {say: hello}}
+++

$ declarative state list
!
! Error: There is no state at <folder>/.declarative/default/state.json
= 1
$ declarative state pull
!
! Error: There is no state at <folder>/.declarative/default/state.json
= 1
$ declarative apply --auto-approve --wait
| Actions are indicated with the following symbols:
|   + start
|
| declarative will perform the following actions:
|
|   # hello will be started
|   # (because it is declared and was never started)
|   + hello
|         workflow workflows/quick.yaml on embedded <uuid>
|       + input.say = "hello"
|
| Plan: 1 to add, 0 to change, 0 to destroy.
| Executions: 1 to start now.
| Sending 1 start (state serial <n>)
| hello: started [id=<execution 1>]
| hello: finished after <time> [id=<execution 1>]
| Apply complete! Resources: 1 added, 0 changed, 0 destroyed.
| Executions: 1 finished.
= 0
$ declarative state lock
| Nobody holds the lock of <folder>/.declarative/default/state.json
= 0
$ declarative force-unlock
!
! Error: Nobody holds the lock of <folder>/.declarative/default/state.json
= 1
$ declarative force-unlock --force
!
! Error: Nobody holds the lock of <folder>/.declarative/default/state.json
= 1
$ declarative state push missing.json
!
! Error: missing.json cannot be read: No such file or directory
= 1
$ declarative state push declarative.yaml
!
! Error: The state cannot be read: declarative.yaml
!
! It is not JSON: Expecting value: line 1 column 1 (char 0)
!
! hint: Nothing was changed. Restore an earlier version of it
! (state.json.backup, the bucket's or GitLab's versions) with `declarative state
! push --force FILE`.
= 1
$ declarative state migrate --from local
!
! Error: The state is at <folder>/.declarative/default/state.json already
= 1
