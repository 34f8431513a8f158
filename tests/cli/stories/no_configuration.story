# Where there is no configuration, every command says so.

$ declarative plan
! Reading the files, the state and what is active ...
!
! Error: There is no declarative.yaml in .
!
! hint: declarative init writes a small one that works; -C names another folder.
= 1
$ declarative apply --auto-approve
!
! Error: There is no declarative.yaml in .
!
! hint: declarative init writes a small one that works; -C names another folder.
= 1
$ declarative status
!
! Error: There is no declarative.yaml in .
!
! hint: declarative init writes a small one that works; -C names another folder.
= 1
$ declarative validate
!
! Error: There is no declarative.yaml in .
!
! hint: declarative init writes a small one that works; -C names another folder.
= 1
$ declarative --json validate
| {"format_version":"1.0","valid":false,"error_count":1,"warning_count":0,"diagnostics":[{"severity":"error","code":"no_configuration","summary":"There is no declarative.yaml in .","detail":"","hint":"declarative init writes a small one that works; -C names another folder."}]}
= 1
$ declarative -C nowhere plan
! Reading the files, the state and what is active ...
!
! Error: There is no folder nowhere
= 1
$ declarative state list
!
! Error: There is no declarative.yaml in .
!
! hint: declarative init writes a small one that works; -C names another folder.
= 1
