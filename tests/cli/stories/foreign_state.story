# A state of another configuration is refused, and so is one that cannot be read.

+++ declarative.yaml
version: 1
name: shop
executions:
  hello: {workflow: workflows/quick.yaml, input: {say: hello}}
+++

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
$ edit declarative.yaml "name: shop" "name: other"
$ declarative plan
! Reading the files, the state and what is active ...
!
! Error: The state belongs to another configuration: <folder>/.declarative/default/state.json
!
! It belongs to "shop"; this configuration is "other".
!
! hint: Give each configuration and each environment an address of its own, or
! restore the old name.
= 1
$ declarative apply --auto-approve
!
! Error: The state belongs to another configuration: <folder>/.declarative/default/state.json
!
! It belongs to "shop"; this configuration is "other".
!
! hint: Give each configuration and each environment an address of its own, or
! restore the old name.
= 1
$ edit declarative.yaml "name: other" "name: shop"
+++ .declarative/default/state.json
{"version": 1,
+++
$ declarative plan
! Reading the files, the state and what is active ...
!
! Error: The state cannot be read: <folder>/.declarative/default/state.json
!
! It is not JSON: Expecting property name enclosed in double quotes: line 2
! column 1 (char 15)
!
! hint: Nothing was changed. Restore an earlier version of it
! (state.json.backup, the bucket's or GitLab's versions) with `declarative state
! push FILE`.
= 1
$ declarative destroy --auto-approve
!
! Error: The state cannot be read: <folder>/.declarative/default/state.json
!
! It is not JSON: Expecting property name enclosed in double quotes: line 2
! column 1 (char 15)
!
! hint: Nothing was changed. Restore an earlier version of it
! (state.json.backup, the bucket's or GitLab's versions) with `declarative state
! push FILE`.
= 1
+++ .declarative/default/state.json
+++
$ declarative plan
! Reading the files, the state and what is active ...
!
! Error: The state is empty: <folder>/.declarative/default/state.json
!
! An empty document is no state.
!
! hint: Nothing was changed. Restore an earlier version of it
! (state.json.backup, the bucket's or GitLab's versions) with `declarative state
! push FILE`.
= 1
$ declarative apply --auto-approve
!
! Error: The state is empty: <folder>/.declarative/default/state.json
!
! An empty document is no state.
!
! hint: Nothing was changed. Restore an earlier version of it
! (state.json.backup, the bucket's or GitLab's versions) with `declarative state
! push FILE`.
= 1
+++ .declarative/default/state.json
{"version": 99, "serial": 1, "lineage": "x", "records": []}
+++
$ declarative plan
! Reading the files, the state and what is active ...
!
! Error: The state is of a newer version: <folder>/.declarative/default/state.json
!
! It has version 99; this is declarative 0.1.0, which knows versions up to 1.
!
! hint: Use the newer release everywhere. Nothing was changed.
= 1
