"""The hall: opens the rooms' doors, in order, for each thing that a user can ask for."""
