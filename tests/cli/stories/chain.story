# A chain: apply moves as far as it can now, `--wait` follows it to the end.

+++ declarative.yaml
version: 1
name: shop
workflows: {quick: workflows/quick.yaml}
executions:
  first: {workflow: quick, input: {say: one}}
  second: {workflow: quick, input: {say: '${executions.first.result.said}'}, depends_on: [first]}
  third: {workflow: quick, input: {say: '${executions.second.result.said}, at last'}}
outputs:
  last: '${executions.third.result.said}'
+++

$ declarative graph
| flowchart LR
|   n0["first<br/>quick"]
|   n1["second<br/>quick"]
|   n2["third<br/>quick"]
|   n0 -->|result| n1
|   n0 -->|finished| n1
|   n1 -->|result| n2
= 0
$ declarative apply --auto-approve
| Actions are indicated with the following symbols:
|   + start
|
| declarative will perform the following actions:
|
|   # first will be started
|   # (because it is declared and was never started)
|   + first
|         workflow quick on embedded <uuid>
|       + input.say = "one"
|
|   # second will be started later
|   # (because it is declared and was never started)
|   # (deferred: it waits for first)
|   + second
|       + input.say = (known after apply)
|
|   # third will be started later
|   # (because it is declared and was never started)
|   # (deferred: it waits for second)
|   + third
|       + input.say = (known after apply)
|
| Plan: 3 to add, 0 to change, 0 to destroy.
| Executions: 1 to start now, 2 after them.
|
| Changes to Outputs:
|   + last = (known after apply)
| Sending 1 start (state serial <n>)
| first: started [id=<execution 1>]
| Apply complete! Resources: 1 added, 0 changed, 0 destroyed.
| Left: 1 in progress, 2 deferred.
| Run declarative apply again to go on, or declarative apply --wait to follow it to the end.
= 0
$ engine settle
$ declarative output
| last = (known after apply)
= 0
$ declarative plan --detailed-exitcode
| Actions are indicated with the following symbols:
|   + start
|
| declarative will perform the following actions:
|
|   # second will be started
|   # (because it is declared and was never started)
|   + second
|         workflow quick on embedded <uuid>
|       + input.say = "one"
|
|   # third will be started later
|   # (because it is declared and was never started)
|   # (deferred: it waits for second)
|   + third
|       + input.say = (known after apply)
|
| Plan: 2 to add, 0 to change, 0 to destroy.
| Executions: 1 to start now, 1 after them, 1 finished.
|
| Changes to Outputs:
|   + last = (known after apply)
= 2
$ declarative apply --auto-approve --wait
| (the same plan)
|
| Changes to Outputs:
|   + last = (known after apply)
| Sending 1 start (state serial <n>)
| second: started [id=<execution 2>]
| second: finished after <time> [id=<execution 2>]
| Sending 1 start (state serial <n>)
| third: started [id=<execution 3>]
| third: finished after <time> [id=<execution 3>]
| Apply complete! Resources: 2 added, 0 changed, 0 destroyed.
| Executions: 2 finished.
|
| Outputs:
|
| last = "one, at last"
= 0
$ declarative plan --detailed-exitcode
| No changes. The executions match the configuration.
| Executions: 3 finished.
= 0
$ declarative output
| last = "one, at last"
= 0
$ declarative output last
| one, at last
= 0
$ declarative output lost
!
! Error: There is no output "lost"
!
! hint: Did you mean "last"?
= 1
$ declarative --json output
| {"last":{"sensitive":false,"known":true,"value":"one, at last"}}
= 0
