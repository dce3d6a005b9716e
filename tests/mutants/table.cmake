# The rules of the library that a build of mutants can switch off, one at a time, and the proof that must then fail:
#
#   mutant(NAME "the rule in words" PROOF "test" [MAY_HANG])
#
# The switch itself stands in the library's code, as a comment at the rule; mutate.cmake says how it is written.
# The proof is a test, by its file in tests/ and its title, or a program of the laboratory with its arguments. MAY_HANG:
# the rule prevents a hang, so a proof that does not end counts as failed.

# ---- the guarded UPDATE ----

mutant(own_table_version "an item is moved from its version alone: pawl's own table"
       crash/simulate "--seeds 1500")
mutant(own_table_state "an item is moved from its state alone: pawl's own table"
       sqlite/every_store_test "the state alone fences, also where the version is the same")
mutant(own_table_key "an item is moved in the row of its key alone: pawl's own table"
       sqlite/every_store_test "the key alone fences, also where the row's number is that of another item")
mutant(own_table_changes "an UPDATE that changed no row is a conflict: pawl's own table"
       sqlite/every_store_test "a stale version changes nothing and is told what the row holds now")
mutant(mapped_table_version "an item is moved from its version alone: a mapped table"
       crash/simulate "--seeds 1500")
mutant(mapped_table_state "an item is moved from its state alone: a mapped table"
       sqlite/every_store_test "the state alone fences, also where the version is the same")
mutant(mapped_table_changes "an UPDATE that changed no row is a conflict: a mapped table"
       sqlite/every_store_test "a stale version changes nothing and is told what the row holds now")
mutant(text_is_no_number "what is no number is not read as one"
       sqlite/mapped_table_test "what is no number is not read as one")
mutant(check_met_first "a CHECK of the state is left out once it was met, and not before"
       sqlite/state_check_test "a state that the CHECK allows to no row is refused each time")
mutant(check_of_others "a CHECK that looks at another column is asked each time"
       sqlite/state_check_test "a CHECK of what an event writes is asked of each event")
mutant(check_switched_on "the user's own statements keep their CHECKs"
       sqlite/state_check_test "the user's own statements keep their CHECKs")
mutant(key_as_bytes "a row is found by its own key alone, whatever the column's type and collation"
       sqlite/table_shapes_test "a key of any make has one text, and rows that have one are moved, or the table is refused by name")
mutant(key_of_row_number "a row's number has one text"
       sqlite/table_shapes_test "a key of any make has one text, and rows that have one are moved, or the table is refused by name")
mutant(state_as_bytes "an item is moved from its state alone, whatever the column's collation"
       sqlite/table_shapes_test "each column of a table, declared in any way, gives back what is written, or is refused by name")
mutant(least_row "the row of the least number is handed out"
       sqlite/table_shapes_test "in pawl's own table the row of the least number is an item like any other")
mutant(memory_store_version "an item is moved from its version alone: the store in memory"
       sqlite/every_store_test "the version alone fences, also where the state is the same again")
mutant(memory_store_state "an item is moved from its state alone: the store in memory"
       sqlite/every_store_test "the state alone fences, also where the version is the same")
mutant(memory_store_undo "a rolled back transaction leaves nothing: the store in memory"
       sqlite/every_store_test "a transaction is all or nothing")

# ---- one row, one life ----

mutant(memory_store_life "no item moves the successor of its row: the store in memory"
       testing/store_contract_test "the store in memory keeps every promise that one process can see")
mutant(mapped_table_life "no item moves the successor of its row: a mapped table"
       sqlite/row_life_test "a row that is written anew under the key of a deleted one inherits nothing where the two can be told apart")
mutant(record_of_a_life "no record passes to the successor of its row"
       sqlite/row_life_test "a row that is written anew under the key of a deleted one inherits nothing where the two can be told apart")
mutant(life_has_a_type "values of two types are two lives"
       sqlite/row_life_test "a row that is written anew under the key of a deleted one inherits nothing where the two can be told apart")
mutant(key_of_a_life "a row that is written anew has a key of its own"
       runner/life_test "a row that is written anew before the next run has a key of its own")
mutant(key_of_a_database "another database has other keys"
       runner/life_test "another database has other keys, a copy the same, and a copy that is made another one has others")
mutant(key_of_a_table "two tables of one lifecycle have two sets of keys"
       runner/life_test "rows of two tables have two keys, also where nothing but the table tells them apart")
mutant(taken_over_alone "no table is told apart otherwise under a run"
       runner/life_test "a program that tells the rows of a table apart otherwise waits for the run that goes on there")
mutant(store_left_behind "a store runs no more once another program tells its rows apart otherwise"
       runner/life_test "a store that was opened before its table was told apart otherwise runs no more, and sweeps nothing" MAY_HANG)
mutant(made_anew "a table that is made again has no record of before"
       sqlite/upgrade_test "pawl's own table that was dropped and is made again gives out no id of before, and has no record of before")
mutant(ids_of_a_table_made_anew "a table that is made again gives out no id of before"
       sqlite/upgrade_test "pawl's own table that was dropped and is made again gives out no id of before, and has no record of before")
mutant(one_name_a_table "a table has one name"
       sqlite/upgrade_test "a table has one name, as the database has it")
mutant(replaced_row "a row that replaces another has none of its records"
       sqlite/row_life_test "a row that replaces another on the store's own connection has none of its records, in every table")
mutant(clock_as_birth "a column that two rows may share is warned of"
       sqlite/row_life_test "a store warns where two lives of a key may be one, also where a column tells most of them apart")
mutant(former_keys_stay "an item keeps its key at an upgrade"
       runner/life_test "an item of a database of schema 2 keeps its key until it moves, and others have keys of now")
mutant(journal_of_a_life "no row is suspected of a death with its predecessor"
       runner/life_test "a row that is written anew is not suspected of the death of a process that had its predecessor")

mutant(refused_sync "what a refused sync may have lost is written again"
       crash/refused_sync_test "what is acknowledged after a process whose sync was refused survives a power cut")
mutant(refused_sync_alone "what had been synced before is not written again"
       crash/refused_sync_test "after a sync was refused what was on the disk before is not written over")
mutant(refused_sync_of_file "the log is synced before it is copied back, apart from SQLite"
       crash/refused_sync_test "whichever sync was refused, the log is not written over where the file needs it")
mutant(refused_sync_in_new_log "what was synced of one log says nothing of the next"
       crash/refused_sync_test "what is acknowledged after a refused sync survives where one who does not sync has begun the log anew")
mutant(refused_sync_half_page "a log that ends in half a page is written again up to there"
       crash/refused_sync_test "what is acknowledged after a refused sync survives where the log ends in half a page")
mutant(refused_sync_copied_back "what is in the file already is not written again in the log"
       crash/refused_sync_test "the log is not written over where the file needs it, also where a reader keeps checkpoints from copying all")
mutant(refused_sync_half_copied "what half a checkpoint has copied is written again"
       crash/refused_sync_test "what half a checkpoint has copied is there after the file's own sync was refused")

mutant(trouble_version "a trouble is noted for its version alone"
       sqlite/troubles_test "a record belongs to one version: a stale one is refused, and an outdated one counts for nothing")
mutant(rollback_brings_back "after a rollback troubles are looked for again"
       sqlite/troubles_test "a rollback brings troubles back, also where they were looked for after they had ended")
mutant(parked_stays "a parked item does not come due"
       sqlite/troubles_test "a parked item does not come due, whatever its time")

# ---- transactions, errors, poison ----

mutant(apply_commits "an apply() of its own is answered after its COMMIT"
       sqlite/every_store_test "a transition moves the item and counts its version up by one")
mutant(also_is_undone "an exception from also() takes its transition back"
       sqlite/mapped_table_test "an exception from also takes its transition back, alone or inside a transaction")
mutant(statements_of_a_conflict "a conflict runs no statement"
       sqlite/user_statements_test "a conflict runs no statement")
mutant(statements_end_nothing "a statement of the user's own ends no transaction"
       sqlite/user_statements_test "what is no statement that writes, or has other values than it asks for, is misuse and writes nothing")
mutant(undone_alone "a statement that is refused fails its own transition, and its batch is committed"
       queue/statements_test "a transition whose statement is refused fails alone, and the others of its batch are committed")
mutant(undone_once "what was refused in a batch that was rolled back is asked again"
       queue/statements_test "what was refused in a batch that is rolled back gets another chance")
mutant(statements_of_another_answer "an event without statements is written without those of an earlier answer"
       runner/statements_test "a refused statement fails or parks its own item, and is told; the others go on")
mutant(one_type_a_table "two lifecycles of one name do not share a table"
       sqlite/own_table_test "a second lifecycle of the same name is refused on one database, not mixed up with the first")
mutant(poison_at_commit "an error at COMMIT poisons the connection"
       sqlite/poison_test "an error at COMMIT is unknown, and poisons")
mutant(rejected_at_commit "a constraint at COMMIT is a no, and not unknown"
       sqlite/database_test "a deferred constraint that does not hold rejects the whole transaction at COMMIT, and poisons nothing")
mutant(poison_at_checkpoint "a checkpoint that fails poisons the connection"
       sqlite/poison_test "a checkpoint that fails leaves the commit standing, and the next call says so")
mutant(poison_is_final "nothing is done on a poisoned connection"
       sqlite/poison_test "a full disk applies nothing, poisons, and names the cause and the path from then on")
mutant(poison_on_errors "an error that is not known to concern one statement poisons"
       crash/crash_proof "faults --few 1")
mutant(io_error_ends_all "an I/O error of one statement is no error of that statement alone"
       runner/error_table_test "an I/O error of one statement ends all: its batch and those behind it are told, also once the disk is well")
mutant(errors_are_cut "error texts are kept to a bound"
       runner/long_errors_test "a long error is kept cut in the store, the summary and a failure event, and heard whole")
mutant(schema_error_blames_no_item "a statement that does not compile any more is no item's fault"
       sqlite/statement_error_test "a change of the schema under a store is refused in words that name what is missing, and poisons nothing")
mutant(trigger_blames_no_item "a trigger that raises for every row is no item's fault"
       sqlite/statement_error_test "a change of the schema under a store is refused in words that name what is missing, and poisons nothing")
mutant(check_blames_no_item "a CHECK that forbids a state to every row is no item's fault"
       sqlite/statement_error_test "a CHECK that forbids a state of the lifecycle is refused by name")
mutant(changed_schema_is_checked "a table whose schema has changed is checked again"
       sqlite/statement_error_test "a key that is not unique any more is refused by the next page of items")
mutant(poison_keeps_the_log "a poisoned database is not checkpointed at close"
       sqlite/poison_test "a poisoned database is not checkpointed at close: log and file stay as they are")
mutant(failed_is_reset "a statement that failed is reset"
       sqlite/statement_test "a statement that failed is reset and can be used again")
mutant(child_is_refused "an inherited connection is not used in a child of fork()"
       sqlite/fork_test "every call on an inherited database is refused, with its path and what to do")

# ---- files ----

mutant(lost_file_is_noticed "a database whose path leads elsewhere is lost"
       runner/lost_files_test "what happens to a database's files under a run ends it with an error, and no run says finished")
mutant(removed_log_is_noticed "a log that was removed is noticed"
       runner/lost_files_test "what happens to a database's files under a run ends it with an error, and no run says finished")
mutant(copied_log_is_noticed "a copy of the log is not the log"
       runner/lost_files_test "what happens to a database's files under a run ends it with an error, and no run says finished")
mutant(damaged_log_is_noticed "a log that was truncated is noticed"
       runner/lost_files_test "a log that is truncated under a run ends it, unless all of it was in the database already")
mutant(truncated_file_is_noticed "a database that was truncated is noticed"
       runner/lost_files_test "a file that is truncated is found out, and one whose pages are all in the log is whole")
mutant(verified_at_end "the files are looked at when a run ends"
       runner/lost_files_test "a link that is turned to another database under a run ends it, and the run's own database is whole")
mutant(uri_is_refused "a URI is no path"
       runner/path_forms_test "a path that is no file's, or too long, is refused in words, and nothing is made")

mutant(sync_at_commit "FULL syncs at every COMMIT"
       crash/crash_proof "crash-points --files 8")
mutant(journal_mode_to_its_end "journal_mode is only done where it says so at its end"
       crash/found_test "an error while the database becomes one with a write-ahead log is an error at open")
mutant(encoding "a database whose texts are not UTF-8 is refused"
       sqlite/database_test "a database whose texts are not UTF-8 is refused and keeps its journal mode")
mutant(checkpoint_backs_off "a checkpoint that a reader kept from finishing is not repeated at every commit"
       sqlite/checkpoint_test "a reader that stays makes checkpoints rare, not frequent, and the log shrinks when it has left")
mutant(checkpoint_may_be_busy "a checkpoint that meets another one is no error"
       sqlite/checkpoint_test "a checkpoint that meets that of another connection is no error")
mutant(fingerprint "a lifecycle of another fingerprint is written into the dictionary"
       sqlite/own_table_test "states that are new are added to the dictionary and reported")
mutant(newer_schema "a newer schema is refused"
       sqlite/own_table_test "a newer schema of pawl's is refused, both named")
mutant(codes_keep_their_names "a state's number does not come to mean another state"
       sqlite/own_table_test "a state that has another name or another number than the rows were written with is refused, both named")

# ---- values ----

mutant(bind_length "texts are bound with their lengths"
       sqlite/every_store_test "keys are bytes: any of them name a row of their own")
mutant(read_length "texts are read with their lengths"
       sqlite/statement_test "text and bytes are bound and read with their lengths")
mutant(nan "a NaN is rejected, not stored as NULL"
       sqlite/contents_test "a NaN, which no column keeps, is rejected by every store, and nothing else is")

# ---- troubles ----

mutant(move_ends_troubles "a transition ends the troubles of its item, in its transaction"
       sqlite/troubles_test "a transition ends the troubles of its item, in the same transaction")
mutant(record_of_a_version "a record counts for the version at which it was noted"
       sqlite/troubles_test "somebody who moves a row without knowing of troubles ends them too")
mutant(mark_of_one_run "a mark is not replaced by that of another run"
       sqlite/troubles_test "a mark of one run is not replaced by that of another")
mutant(mark_of_the_dead "a process that was taken for dead puts no mark over what its successor counts"
       sqlite/troubles_test "a process that was taken for dead puts no mark over what its successor counts")
mutant(empty_of_a_version "an empty record of a version that is left takes nothing away"
       sqlite/troubles_test "an empty record of a version that is left takes nothing away")
mutant(insert_ends_troubles "an item that is inserted anew has no troubles"
       sqlite/troubles_test "an item that was deleted and inserted anew has no troubles, and none are left behind")
mutant(page_after_row_0 "the next page begins after the row's number, which may be 0"
       postgres/key_columns_test "pages of runnable items have each of them once, by keys of each type")
mutant(bulk_ends_troubles "nor has one that is inserted with many others"
       sqlite/bulk_insert_test "what a deleted row has left is removed where its key is inserted anew, and nothing else")
mutant(keys_have_no_affinity "a key that is a number in its query is compared as a text"
       sqlite/bulk_insert_test "keys are compared as texts, whatever the query's column is, and found by their index")
mutant(pages_keep_order "a page of any state is not looked up by the state"
       sqlite/item_query_test "a page of any state is read in the order of its rows, also where the state is indexed")
mutant(bulk_looks_first "a query whose keys are all there takes no lock"
       sqlite/bulk_insert_test "a query whose keys are all there waits for nobody; a new key does")
mutant(paused_state_has_no_room "a paused state takes no item"
       runner/run_control_test "no step of a paused state begins until it is resumed, and those that have begun end")
mutant(paused_run_waits "a run does not end while a state is paused"
       runner/run_control_test "other states go on while one is paused")
mutant(history_of_a_move "a transition is in the history"
       sqlite/history_test "a history tells each transition of an item, in their order, with what had failed before")
mutant(history_of_a_hand "what an operator does is in the history"
       sqlite/history_test "a release is in the history with whose it is, and one that finds nothing is not")
mutant(hands_before_the_first "what an operator did before the first transition is found"
       sqlite/history_test "a release is in the history with whose it is, and one that finds nothing is not")
mutant(history_ends_with_its_row "a history is of the row that has the key now"
       console/sqlite_lives_test "a history is of the row that has the key now, and of its latest one where there is none")
mutant(failure_has_all_attempts "a failure's entry has its last attempt"
       runner/failure_history_test "the history of a failure has the attempts and the error that its event is told")
mutant(statements_before_history "making the tables of the history has no statement compiled anew"
       sqlite/history_test "making the history's tables leaves the statements as they were compiled")
mutant(batch_is_written "the entries of a batch are written with its commit"
       sqlite/history_batch_test "a batch of any size leaves an entry for each transition, in their order")
mutant(dropped_batch "a rolled back batch leaves no entries for the next one"
       sqlite/history_batch_test "a batch that is rolled back leaves no entry, and the next one none of its")
mutant(undone_entries "what is undone alone takes its entries with it"
       sqlite/history_batch_test "what is undone alone in a batch leaves no entry, and all others stay")
mutant(entries_before_function "the entries of a batch are written before a function of the user's runs in it"
       sqlite/history_batch_test "a function in a batch finds the entries of before, and may undo what it does")

# ---- children ----
mutant(child_tells_parents "a child that ends tells its parents"
       sqlite/children_test "a parent goes on in the transaction in which the last of its children ends")
mutant(children_are_there "a row that is there becomes a child, whatever its table asks of new ones"
       sqlite/children_test "a row that is there becomes a child, whatever its table asks of new ones")
mutant(parent_waits_for_all "a parent goes on when all of its children have ended"
       crash/simulate "--seeds 1500")
mutant(parent_is_told_within "a parent goes on in the transaction of its last child"
       crash/simulate "--seeds 1500")
mutant(child_at_work_again "a child that leaves its end is waited for again"
       crash/simulate "--seeds 1500")
mutant(parent_goes_on_at_once "a parent that waits for nobody goes on at once"
       sqlite/children_test "a parent without children goes on at once")
mutant(complete_is_left "what a process cannot tell a parent is left for one that can"
       sqlite/children_test "a child that ends where no store of its parents is open is told as soon as one has looked")
mutant(deleted_parent_is_forgotten "what is known of a deleted parent is removed with its last child"
       sqlite/children_test "children of a parent that is deleted end all the same, and its successor has none")
mutant(refused_parent_is_parked "a parent whose table refuses the event is parked"
       sqlite/children_test "a parent whose table refuses the event is parked, and its children end")
mutant(held_parent_is_left "a parent whose row somebody holds is left for whoever looks next"
       postgres/children_test "a parent whose row another program holds is told as soon as somebody looks")
mutant(children_are_linked_as_inserted "children are inserted and linked to their parent in one transaction: PostgreSQL"
       postgres/crash_points_test "wherever a transition with children is cut, it is made with all of them or not at all")
mutant(parents_are_told_with_the_child "parents are told in the transaction of the last child's end: PostgreSQL"
       postgres/crash_points_test "wherever the end of a last child is cut, all of its parents are told once, with it or not at all")
mutant(sibling_has_not_ended_yet "a sibling that somebody is ending does not keep a child from looking at their parent: PostgreSQL"
       postgres/children_test "machines that end the last children at the same moment tell their parent once")
mutant(others_insert_children "a store sees that another process has inserted the first child"
       sqlite/children_test "a store knows of parents that another process has inserted")

# ---- group commit ----

mutant(fifo "transitions are written first in, first out"
       queue/commit_queue_test "transitions that are ready together share a transaction, first in, first out")
mutant(batch_bound "a transaction holds no more than options.batch"
       queue/commit_queue_test "a transaction holds at most options.batch transitions")
mutant(answer_after_commit "a waiter is answered after its COMMIT"
       queue/commit_queue_test "after an error at COMMIT the batch is unknown, those queued are not applied, and nobody hangs")
mutant(failure_is_told "a waiter is told that its transaction failed"
       runner/error_table_test "an I/O error at COMMIT leaves the batch unknown, and applies nothing of those behind it")
mutant(replay_isolates "a rejected transition fails alone"
       queue/commit_queue_test "a rejected transition fails alone: the others of its batch are written one by one, in order")
mutant(replay_ends "a batch that was rejected is repeated one by one, and not as it was"
       runner/error_table_test "a constraint, a mismatch and a value that is too big fail one item, and the others are written one by one" MAY_HANG)
mutant(nobody_hangs "those queued behind an error that breaks the store are told"
       runner/error_table_test "an I/O error at COMMIT leaves the batch unknown, and applies nothing of those behind it" MAY_HANG)
mutant(lock_bound "a lock is waited for no longer than busy_bound"
       runner/error_table_test "while another connection holds the lock the batch stays queued, in its order, and up to the bound" MAY_HANG)
mutant(runs_are_not_cancelled "what is written for a run cannot be cancelled"
       queue/cancellation_test "what is written for a run cannot be cancelled")

mutant(flush_is_posted "a queue that found no memory for its flush posts the next"
       crash/crash_proof "queue")

# ---- steps ----

mutant(key_is_stable "an idempotency key is the same for every repetition"
       runner/engine/retry_test "a passing failure is repeated with the same key, and the key changes with the state's version")
mutant(key_of_a_version "an idempotency key changes with the version at which the state was entered"
       runner/engine/retry_test "a passing failure is repeated with the same key, and the key changes with the state's version")
mutant(probe_before_repeat "a probe is asked before a step is repeated"
       runner/engine/job_driver_test "a probeable step is asked first when it is resumed or in doubt, and never repeats what was done")
mutant(thrown_is_in_doubt "what a step throws leaves open whether its call was carried out"
       runner/engine/job_driver_test "an unsafe step is not repeated while in doubt: its item is parked")
mutant(lost_answer_parks "an unsafe step whose answer was lost is not called again"
       runner/engine/job_driver_test "an unsafe step is not repeated while in doubt: its item is parked")
mutant(mark_before_call "an unsafe step is marked in the store before it is called"
       runner/engine/recovery_test "an unsafe step is marked before it begins, and nothing is left of the mark when it has succeeded")
mutant(marked_parks "an unsafe step that a dead process had begun is not called again"
       runner/engine/recovery_test "an unsafe step whose process died is in doubt: parked, not repeated, until somebody releases it")
mutant(recorded_or_not "an event that the store rejected is not read by a later step"
       runner/recorded_test "an event that the store rejected is not read by the step that its failure leads to")
mutant(in_hand_once "an item is in one hand at a time"
       runner/stale_page_test "what has come due and is in hand is not taken a second time from its page")
mutant(held_pages "what is in hand when its page is read is not taken from it later"
       runner/stale_page_test "what was in hand when its page was read is not taken from that page later")
mutant(stubborn_rows "a row that is listed and never moves is parked, not tried for ever"
       runner/engine/job_driver_test "a row that does not change although nobody else moved it is parked, not tried for ever" MAY_HANG)
mutant(attempts_are_bounded "a step is tried no more often than the policy says"
       runner/engine/retry_test "attempts count over runs, and the wait between them is in the store" MAY_HANG)
mutant(quota_halts "a remote that refuses everybody stops the intake"
       runner/engine/retry_test "quota and credentials stop the intake and fail nothing")
mutant(state_limit "no more items are in a state's step than its limit"
       runner/limits_test "no more items are in the step of a state than its limit, and others are not held up by it")
mutant(suspects_go_alone "items with which processes have died go one at a time"
       runner/engine/recovery_test "items with which processes have died more than once go one at a time, delayed ones too")
mutant(attempt_deadline "a step past its deadline is cut off"
       runner/stop_test "a step past its deadline is cut off, and what it called is in doubt" MAY_HANG)
mutant(deaths_are_bounded "an item with which processes die again and again is parked"
       runner/ownership_test "an item that kills its process again and again is parked, and the others are not")
mutant(one_owner "a second sole run is refused"
       runner/ownership_test "a second runner is refused, and told who runs the store")
mutant(one_private_owner "a second sole run is refused where no other process can see the store"
       runner/two_runs_test "a second run that would be alone is refused while the first works, also on a store in memory")
mutant(lock_of_the_owner "a child does not give up the lock of its parent"
       runner/ownership_test "a lock that a child has inherited is not given up by it")

mutant(parked_outlasts_marks "what a run has parked, another run that took it before does not call"
       sqlite/troubles_test "whose record stands where two runs note one is the same on every store")
mutant(stop_gives_up_questions "a run that is stopped does not wait for a store out of reach"
       runner/out_of_reach_test "a run that is stopped gives up what it has asked a store out of reach a second later")
mutant(stop_is_no_failure "what a stop gives up is no failure of the run"
       runner/out_of_reach_test "a run that is stopped gives up what it has asked a store out of reach a second later")
mutant(ends_when_answered "a run does not end while its store owes it an answer"
       runner/async_store_test "a run that is stopped while it opens its store does not end before the store is done")
mutant(commits_meanwhile "a commit of others during a batch is passed on"
       runner/async_store_test "an item that is inserted while a batch is under way is noticed")

mutant(one_thread "a second thread in a store is turned away"
       sqlite/two_threads_test "no call of another thread gets into an open transaction")

# ---- waits and the pace ----

mutant(backoff_cap "no wait is longer than the cap"
       loop/backoff_test "the longest wait doubles with each failure up to the cap, without overflow")
mutant(backoff_jitter "waits are spread over all of their bound"
       loop/backoff_test "jitter is full: waits lie anywhere from nothing to the bound, and never beyond")
mutant(stored_wait_is_clamped "a wait that another run began is no longer than the policy's longest"
       runner/engine/retry_test "a wait that another run began is waited for to its end, and no longer than the policy's longest")
mutant(start_clock_is_read_again "a start time is not slept for without looking at the store's clock"
       runner/clocks_test "a start time follows the store's clock, whatever it does: never too early, at most a second late")
mutant(starts_by_the_stores_clock "start times are compared with the store's clock, and not with the run's own"
       runner/clocks_test "a start time follows the store's clock, whatever it does: never too early, at most a second late")
mutant(gate_limits "calls begin at the rate of their gate"
       runner/limits_test "any number of workers, and of runs, stays at the rate of their gate, exactly")
mutant(gate_is_shared "runs that are given one gate share it"
       runner/limits_test "any number of workers, and of runs, stays at the rate of their gate, exactly")
mutant(throttled_closes_gate "when the remote asks to wait, everybody waits who passes the same gate"
       runner/limits_test "the remote's Retry-After closes the gate for everybody")
mutant(particular_gate "a remote's wait closes the gate that says most about the call"
       runner/gates_test "the gate that says most about a call is the one that is closed")
mutant(one_on_trial "a gate without a rate is opened by one call"
       runner/gates_test "a host without a rate is tried by one call first, and the others follow when it is well")
mutant(trial_is_handed_on "an item on trial that is not called does not open its gate"
       runner/stale_page_test "an item on trial that was written anew says nothing of the remote: the next one is on trial, and calls alone")
mutant(busy_gates_stay "a gate that is closed, or owes its rate a pause, is not forgotten"
       runner/gates_test "thousands of names take bounded memory: idle gates are forgotten, closed and rated ones are not")
mutant(looked_up_again "an item that has waited before a gate is looked up again"
       runner/stale_page_test "a row that is written anew while its predecessor waits before a gate is called once, under its own key")
mutant(looked_up_life "a row of another life is not the item that has waited before a gate"
       runner/stale_page_test "a row that is written anew while its predecessor waits before a gate is called once, under its own key")
mutant(counted_again "progress counts what others have added since the run began"
       runner/observer_test "progress counts what others have added, and not what they have taken away, since the run began")
mutant(moved_while_waiting "an item that is moved while it waits before a gate waits no more"
       runner/moved_while_gated_test "an item that is moved while it waits before a gate goes on at once, and one that is deleted is let go")
mutant(named_wait_counts "a wait that comes with a passing failure is kept"
       runner/engine/retry_test "the wait that a remote names with a passing failure counts where it is longer than the backoff")
mutant(pending_is_remembered "an attempt that ended in pending counts as a call"
       runner/repeated_test "pending begins the attempts anew, and is remembered all the same")
mutant(no_jump_over_others "virtual time does not jump over what is in flight elsewhere"
       loop/loop_test "a jumping clock does not jump over work that is in flight elsewhere")

# ---- adapters ----

mutant(refused_has_no_effect "a call that the mock's script refuses has no effect"
       adapter/mock_adapter_test "a refused call has no effect, and a lost answer has one")
mutant(ask_leaves_doubt "what an adapter's call throws may have been carried out"
       adapter/mock_adapter_test "ask lifts values, outcomes and tasks of both, and what a call throws may have been carried out")

# ---- PostgreSQL: writes ----

mutant(server_guards_version "an item is moved from its version alone: PostgreSQL"
       postgres/model_test "random batches leave what a sequential model has")
mutant(server_guards_life "an item is moved in its own life alone: PostgreSQL"
       postgres/store_contract_test "a store in pawl's own table keeps every promise to runs and queues")
mutant(queue_writes_alone "what a queue tells as committed is in no transaction of the program's"
       postgres/interference_test "what a queue has written is committed, whatever transaction the program has open")
mutant(sent_is_awaited "who is given up awaits what was sent, and the session goes on"
       postgres/connection_test "who is given up awaits what was sent, and the session goes on")
mutant(refused_statement_fails_alone "of a batch with a statement that no database takes the others are written"
       postgres/user_statement_test "a statement that no database takes fails alone, and the message names it and its item")
mutant(locked_item_fails_alone "of a batch that meets a lock the others are written"
       postgres/interference_test "an item that another transaction has locked fails alone")
mutant(tokens_are_removed "tokens of transactions that are known to be committed are removed"
       postgres/interference_test "the rows that tell what became of a transaction are removed by later ones")
mutant(batch_has_a_size "what is too large for a batch is left to the next"
       postgres/interference_test "what is too large for one batch is left to the next")
mutant(rolls_back_at_once "a transaction that failed is rolled back before its connection is used again"
       postgres/interference_test "one refused write among many costs no connection" MAY_HANG)
mutant(warnings_of_commit_alone "a warning of another statement than COMMIT is none of its standby's"
       postgres/interference_test "what a trigger warns of costs no connection")
mutant(warned_commit_is_unknown "a COMMIT that a standby never had is not acknowledged"
       postgres/interference_test "a COMMIT that is no longer waited for is acknowledged when the synchronous standby has it")
mutant(statements_are_fenced "statements of the user's are written with their transition or not at all"
       postgres/user_statement_test "in one batch of a queue each transition has its statements, is refused, or conflicts by itself")

# ---- PostgreSQL: answers that were lost ----

mutant(lost_batch_is_asked_for "a batch whose answer was lost is not written again before its fate is known"
       postgres/resolve_test "a store answers rightly whatever message its connection is cut at" MAY_HANG)
mutant(settled_batch_is_answered "a batch that was committed is answered, and not written again"
       postgres/resolve_test "a store answers rightly whatever message its connection is cut at" MAY_HANG)
mutant(never_is_told "a batch that never will be committed is told from one that was"
       postgres/resolve_test "whatever message of a batch a connection is cut at, its fate is told rightly, and told again")
mutant(programs_commit_is_looked_up "a COMMIT of the program whose answer was lost is looked up"
       postgres/interference_test "a COMMIT of the program whose answer is lost is looked up")

# ---- PostgreSQL: sessions and tables ----

mutant(old_primary_is_refused "a server of an older timeline is not written to"
       postgres/opening_test "a standby is passed over, and an old primary or another cluster is refused")
mutant(standby_is_passed_over "a standby is not written to"
       postgres/opening_test "a standby is passed over, and an old primary or another cluster is refused")
mutant(hosts_of_the_environment "the hosts of PGHOST are tried one after the other"
       postgres/interference_test "the hosts of the environment are tried one after the other")
mutant(workers_behind_a_pooler "what a worker asks behind a pooler has settings of its own"
       postgres/rescue_test "what a worker asks behind a pooler has settings of its own, which end with it")
mutant(settings_behind_a_pooler "what is written behind a pooler waits for a lock no longer than anywhere else"
       postgres/interference_test "what is written behind a pooler waits for a lock no longer than anywhere else")
mutant(counting_apart "who counts a table holds up no other read"
       postgres/interference_test "counting reads a table in its order, and holds up no other read" MAY_HANG)
mutant(slow_read_is_no_poison "a read that takes too long fails alone"
       postgres/interference_test "a read that takes too long fails alone, and names the option")
mutant(only_what_is_missing "a table is opened without what would wait for its readers"
       postgres/interference_test "a lifecycle that has changed waits for nobody who reads or writes its table")
mutant(busy_opening_may_be_repeated "a table that is locked is busy, and not refused"
       postgres/interference_test "a table that cannot be opened now is opened when it can")
mutant(frozen_opener_is_ended "the transaction that opens a table ends where its program is frozen"
       postgres/interference_test "a transaction that opens a table ends where its program is frozen")

# ---- PostgreSQL: leases ----

mutant(claim_reads_records_again "what has come to hold an item back while a claim waited holds it back"
       postgres/lease_test "what has come to hold an item back while a claim waited holds it back")
mutant(passed_on_is_left_alone "what a worker has passed on it does not claim again"
       postgres/lease_test "what is passed on is not claimed again by the same worker, and may be by another one")
mutant(claim_tells_what_it_found "a claim tells how many rows it has found, also where others were faster"
       postgres/lease_test "a claim tells how many rows it has found, though another worker was faster")
mutant(let_go_is_told_again "what was let go of in a request that failed is told with the next"
       postgres/lease_test "what was let go of in a request that failed is told with the next")
mutant(beats_when_given "a sign of life is one of when it was given"
       postgres/lease_test "a sign of life that had to wait is one of when it was given")
mutant(end_lets_go "an item whose steps are over is nobody's"
       postgres/lease_test "in pawl's own table a transition to a state without a step lets go of the item, and another one does not")
mutant(free_lock_is_a_death "a worker whose lock is free is dead, and one that holds it lives"
       postgres/rescue_test "items of a process that was killed are free at once, and deaths are counted for those that ran" MAY_HANG)
mutant(death_of_its_holder "a death counts for an item that the dead worker held"
       postgres/rescue_test "an item that two dead workers list has one death, and the one that did not hold it takes back none")
mutant(deaths_are_taken_back "who lost its session, and not its life, takes its deaths back"
       postgres/rescue_test "a process that has lost its session and not its life takes its deaths back when it joins again")
mutant(claimed_death_stays "a death of an item that another has claimed since is not taken back"
       postgres/rescue_test "a death is not taken back of an item that another worker has claimed since")
mutant(lost_leases_are_freed "a lease of a worker that is no more is nobody's"
       postgres/rescue_test "a lease of a worker that is no more is nobody's when the next one joins")

# ---- PostgreSQL: runs ----

mutant(claims_behind_others "where others were faster, what comes behind is claimed"
       postgres/leased_run_test "where another worker was faster to claim all of a page, what comes behind it is claimed" MAY_HANG)
mutant(held_rows_are_waited_for "a run does not end while another transaction holds what it could claim"
       postgres/leased_run_test "a run does not end while another transaction holds a row that it could claim")
mutant(delayed_items_are_troubles "who reads delayed items knows that there are troubles"
       postgres/leased_run_test "whoever reads delayed items knows that there are troubles")
mutant(leaves_in_order "a run that is stopped gives back what it held"
       postgres/leased_run_test "what a stopped run had claimed is nobody's when it has ended")
mutant(join_is_patient "a run joins although others stand in its way for a while"
       postgres/leased_run_test "a run joins although other transactions stand in its way for a while")
mutant(patience_ends "a run whose claims are refused for long ends"
       postgres/leased_run_test "a run whose claims are refused for long ends with the server's words" MAY_HANG)
mutant(others_are_told "others are told of what they may do"
       postgres/leased_run_test "others are told of what they may do: of inserts, releases and moves out of a state without a step" MAY_HANG)

# ---- PostgreSQL: copies ----

mutant(copy_into_items_of_another "items of another identity get no others beside them"
       postgres/copy_test "a destination with items of another identity is refused, whichever table has them")
mutant(identity_until_it_is_there "the source's identity is written until it is there"
       postgres/copy_test "the identity is written until it is the source's")
mutant(copy_checks_identity_again "a source is retired only where its identity is kept"
       postgres/copy_test "a source is not retired where the destination has another identity by then, or is run")

# ---- schedules ----

mutant(memory_tick_is_guarded "a step of a schedule is taken from its last tick alone: the store in memory"
       testing/store_contract_test "the store in memory keeps every promise that one process can see")
mutant(sqlite_tick_is_guarded "a step of a schedule is taken from its last tick alone: SQLite"
       sqlite/store_contract_test "pawl's own table keeps every promise of a store")
mutant(ticks_are_committed "a step of a schedule is committed"
       sqlite/store_contract_test "pawl's own table keeps every promise of a store")
mutant(postgres_tick_is_guarded "a step of a schedule is taken from its last tick alone: PostgreSQL"
       postgres/store_contract_test "a store in pawl's own table keeps every promise to runs and queues")
mutant(settled_step_is_answered "a step of a schedule whose answer was lost, and that was committed, is answered, and not written again"
       postgres/crash_points_test "wherever the step of a schedule is cut, each tick becomes one item")
mutant(ticks_are_written_alone "a run's step of a schedule is not in the program's transaction: PostgreSQL"
       postgres/recurring_test "a run on a server makes its ticks in transactions of its own, whatever the program rolls back" MAY_HANG)
mutant(first_ticks_are_stopped "a stop ends the wait of a run's first ticks for a lock"
       recurring/run_test "a stop ends a run whose first ticks wait for another process's lock")
mutant(page_of_ticks "a page of ticks is settled up to its last one, and no further"
       crash/simulate "--seeds 1500")
mutant(backlog_is_stopped "a stop ends a backlog of ticks"
       recurring/run_test "a stop ends a backlog of ticks between two pages")
mutant(what_it_saw_is_on_time "what comes due while a run is there is not missed"
       recurring/run_test "what comes due while a run is there is not missed, however late the run gets to it")
mutant(missed_once "what was missed is left out where that is asked for"
       recurring/recurring_test "of what was missed nothing is made where that is asked for")
mutant(clock_is_checked "a last tick far ahead of the clock is refused"
       recurring/run_test "a clock that is set back by more than a day ends the run with a sentence" MAY_HANG)
