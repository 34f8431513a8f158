# A saved plan is carried out as it was reviewed, or not at all.

+++ declarative.yaml
version: 1
name: shop
executions:
  hello: {workflow: workflows/quick.yaml, input: {say: hello}}
+++

$ declarative plan --out plan.json
| Actions are indicated with the following symbols:
|   + start
|
| declarative will perform the following actions:
|
|   # hello will be started
|   # (because it is declared and was never started)
|   + hello
|         workflow workflows/quick.yaml on embedded (new)
|       + input.say = "hello"
|
| Plan: 1 to add, 0 to change, 0 to destroy.
| Executions: 1 to start now.
|
| Saved the plan to plan.json. To carry it out: declarative apply plan.json
= 0
$ declarative apply plan.json
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
| Apply complete! Resources: 1 added, 0 changed, 0 destroyed.
| Left: 1 in progress.
| Run declarative wait to follow them to their end.
= 0
$ engine settle

# A retried job finds nothing left.
$ declarative apply plan.json
| No changes. The executions match the configuration.
| Executions: 1 finished.
| Apply complete! Resources: 0 added, 0 changed, 0 destroyed.
= 0

# Declared differently since: nothing happens.
$ edit declarative.yaml "say: hello" "say: bye"
$ declarative plan --out plan.json
| Actions are indicated with the following symbols:
|   + start
|
| declarative will perform the following actions:
|
|   # hello will be started again
|   # (because the declaration differs from what was started)
|   + hello
|         workflow workflows/quick.yaml on embedded <uuid>
|         execution <execution 1>
|         status FINISHED, started <when>
|       ~ input.say = "hello" -> "bye"
|
| Plan: 1 to add, 0 to change, 0 to destroy.
| Executions: 1 to start again.
|
| Saved the plan to plan.json. To carry it out: declarative apply plan.json
= 0
$ edit declarative.yaml "say: bye" "say: goodbye"
$ declarative apply plan.json
| Actions are indicated with the following symbols:
|   + start
|
| declarative will perform the following actions:
|
|   # hello will be started again
|   # (because the declaration differs from what was started)
|   + hello
|         workflow workflows/quick.yaml on embedded <uuid>
|         execution <execution 1>
|         status FINISHED, started <when>
|       ~ input.say = "hello" -> "goodbye"
|
| Plan: 1 to add, 0 to change, 0 to destroy.
| Executions: 1 to start again.
!
! Error: hello: apply would start it again, which is not in plan.json
!
!  with hello
!
! Because the declaration differs from what was started.
!
! hint: Make the plan again.
= 5

# A plan that was altered by accident, one that is no plan, one that is not there.
$ edit plan.json "bye" "boo"
$ declarative apply plan.json
!
! Error: plan.json is not as it was written: its checksum does not match
!
! hint: Make the plan again: declarative plan --out FILE
= 1
$ declarative apply declarative.yaml
!
! Error: declarative.yaml is not JSON: Expecting value: line 1 column 1 (char 0)
!
! hint: Make the plan again: declarative plan --out FILE
= 1
$ declarative apply missing.json
!
! Error: The plan file missing.json cannot be read: No such file or directory
!
! hint: `plan --out missing.json` makes one; --target and --replace choose
! executions, -C a folder.
= 1
$ declarative plan --out nowhere/plan.json
!
! Error: nowhere/plan.json cannot be written: No such file or directory
= 1
