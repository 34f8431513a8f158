# `init` writes a working configuration, and checks one that is there.

$ declarative init
|   wrote declarative.yaml
|   wrote workflows/greet.yaml
|   wrote workflows/report.yaml
| Now: declarative plan, then declarative apply --wait
= 0
$ declarative init
| Success! The configuration is valid. It declares 2 executions.
= 0
$ declarative validate
| Success! The configuration is valid. It declares 2 executions.
= 0
$ declarative init there
|   wrote declarative.yaml
|   wrote workflows/greet.yaml
|   wrote workflows/report.yaml
| Now: declarative -C there plan, then declarative -C there apply --wait
= 0
$ declarative -C there validate
| Success! The configuration is valid. It declares 2 executions.
= 0
$ declarative apply --auto-approve --wait
| Actions are indicated with the following symbols:
|   + start
|
| declarative will perform the following actions:
|
|   # greet will be started
|   # (because it is declared and was never started)
|   + greet
|         workflow greet on embedded <uuid>
|       + input.name = "world"
|
|   # report will be started later
|   # (because it is declared and was never started)
|   # (deferred: it waits for greet)
|   + report
|       + input.title = "First run"
|
| Plan: 2 to add, 0 to change, 0 to destroy.
| Executions: 1 to start now, 1 after them.
| Sending 1 start (state serial <n>)
| greet: started [id=<execution 1>]
| greet: finished after <time> [id=<execution 1>]
| Sending 1 start (state serial <n>)
| report: started [id=<execution 2>]
| report: finished after <time> [id=<execution 2>]
| Apply complete! Resources: 2 added, 0 changed, 0 destroyed.
| Executions: 2 finished.
= 0
$ declarative plan -detailed-exitcode
| No changes. The executions match the configuration.
| Executions: 2 finished.
! Reading the files, the state and what is active ...
= 0
