# An execution that somebody else started is bound to an address; nothing is started.

+++ declarative.yaml
version: 1
name: shop
executions:
  listener: {workflow: workflows/long.yaml, input: {n: 1}, stop_grace: 0s}
+++

$ declarative apply --auto-approve --wait --timeout 0s
| Actions are indicated with the following symbols:
|   + start
|
| declarative will perform the following actions:
|
|   # listener will be started
|   # (because it is declared and was never started)
|   + listener
|         workflow workflows/long.yaml on embedded <uuid>
|       + input.n = 1
|
| Plan: 1 to add, 0 to change, 0 to destroy.
| Executions: 1 to start now.
| Sending 1 start (state serial <n>)
| listener: started [id=<execution 1>]
| Apply complete! Resources: 1 added, 0 changed, 0 destroyed.
| Left: 1 in progress.
| Run declarative wait to follow them to their end.
| The time is up; executions go on.
= 6
$ declarative state rm listener
| listener: removed
= 0
$ engine settle

# An equal one is active and is not ours: nothing is started beside it.
$ declarative plan
| Actions are indicated with the following symbols:
|   ! blocked: a person has to decide
|
| declarative will perform the following actions:
|
|   # listener is blocked: duplicate
|   # (it would be started, because it is declared and was never started)
|   # (<execution 1> is active with the same input and is not ours; import it,
|   # or set duplicates: allow)
|   ! listener
|         workflow workflows/long.yaml on embedded <uuid>
|       + input.n = 1
|
| Plan: 0 to add, 0 to change, 0 to destroy.
| Executions: 1 blocked.
= 0
$ declarative apply --auto-approve
| (the same plan)
| Apply complete! Resources: 0 added, 0 changed, 0 destroyed.
| Left: 1 blocked.
= 3
$ engine start workflows/long.yaml '{"n": 2}'
$ declarative import listener nonsense
!
! Error: listener: nonsense cannot be read, so it is not adopted, and nothing is started instead
!
!  with listener
= 1
$ declarative import nobody {last}
!
! Error: nobody is not declared
!
! hint: Write its entry first; then import binds the execution to it.
= 1
$ declarative import listener {last}
!
! Error: listener: <execution 2> was started with another input; `import --as-is` binds it all the same
!
!  with listener
= 1
$ declarative import listener {last} --as-is
| listener: imported <execution 2> (RUNNING)
= 0
$ declarative plan --detailed-exitcode
| No changes. The executions match the configuration.
| Executions: 1 in progress.
= 0
