# The rules that a build of mutants can switch off, one at a time, and the proof that must then be red:
#
#   mutant(NAME "the rule in words" HEADER [=[its text]=] [=[what it becomes]=] PROOF "test" [MAY_HANG])
#
# The text stands in the header exactly once. What it becomes asks RULE_IS_OFF: if that is false it is the text as it was.
# The proof is a test, by its file in tests/ and its name, or a program of the laboratory with its arguments. MAY_HANG: to
# hang is what the rule prevents, so that a proof that does not end has found it.

# ---- the guarded UPDATE ----

mutant(own_table_version "an item is moved from its version alone: pawl's own table" pawl/sqlite/own_table.hpp
       [=[" AND version=?3";]=]
       [=[(RULE_IS_OFF ? " AND ?3 IS NOT NULL" : " AND version=?3");]=]
       crash/simulate "--seeds 1500")
mutant(own_table_state "an item is moved from its state alone: pawl's own table" pawl/sqlite/own_table.hpp
       [=[std::to_string(state_code<L>(states<L>[row.from]))]=]
       [=[(RULE_IS_OFF ? std::string("state") : std::to_string(state_code<L>(states<L>[row.from])))]=]
       sqlite/every_store_test "the state alone fences, also where the version is the same")
mutant(own_table_key "an item is moved in the row of its key alone: pawl's own table" pawl/sqlite/own_table.hpp
       [=[return sql + " WHERE id=?4 AND key=?2 AND state="]=]
       [=[return sql + (RULE_IS_OFF ? " WHERE id=?4 AND ?2 IS NOT NULL AND state=" : " WHERE id=?4 AND key=?2 AND state=")]=]
       sqlite/every_store_test "the key alone fences, also where the row's number is that of another item")
mutant(own_table_changes "an UPDATE that changed no row is a conflict: pawl's own table" pawl/sqlite/own_table.hpp
       [=[if (sqlite3_changes(db_->handle()) == 0) return std::nullopt;]=]
       [=[if (sqlite3_changes(db_->handle()) == 0 && !RULE_IS_OFF) return std::nullopt;]=]
       sqlite/every_store_test "a stale version changes nothing and is told what the row holds now")
mutant(mapped_table_version "an item is moved from its version alone: a mapped table" pawl/sqlite/mapped_table.hpp
       [=[s.bind(int{pawl::detail::version_parameter}, from.version);]=]
       [=[s.bind(int{pawl::detail::version_parameter}, RULE_IS_OFF ? get(from.key).item->version : from.version);]=]
       crash/simulate "--seeds 1500")
mutant(mapped_table_state "an item is moved from its state alone: a mapped table" pawl/sqlite/mapped_table.hpp
       [=[((updates_[Row].prepare(*db_, pawl::detail::row_update_sql<Table, Row>, once)), ...);]=]
       [=[auto const sql = [](std::string text) {
      std::size_t const state = text.find(" AND ");
      return RULE_IS_OFF ? text.erase(state, text.rfind(" AND ") - state) : text;
    };
    ((updates_[Row].prepare(*db_, sql(std::string(pawl::detail::row_update_sql<Table, Row>)), once)), ...);]=]
       sqlite/every_store_test "the state alone fences, also where the version is the same")
mutant(mapped_table_changes "an UPDATE that changed no row is a conflict: a mapped table" pawl/sqlite/mapped_table.hpp
       [=[if (sqlite3_changes(db_->handle()) == 0) return std::nullopt;]=]
       [=[if (sqlite3_changes(db_->handle()) == 0 && !RULE_IS_OFF) return std::nullopt;]=]
       sqlite/every_store_test "a stale version changes nothing and is told what the row holds now")
mutant(check_met_first "a CHECK of the state is left out once it was met, and not before" pawl/sqlite/mapped_table.hpp
       [=[return met_checks && unchecked ? unchecked : checked;]=]
       [=[return (met_checks || RULE_IS_OFF) && unchecked ? unchecked : checked;]=]
       sqlite/state_check_test "a state that the CHECK does not allow is rejected each time")
mutant(check_of_others "a CHECK that looks at another column is asked each time" pawl/sqlite/state_check.hpp
       [=[others->instructions == unchecked_others->instructions;]=]
       [=[(others->instructions == unchecked_others->instructions || RULE_IS_OFF);]=]
       sqlite/state_check_test "a CHECK of what an event writes is asked of each event")
mutant(check_switched_on "the user's own statements keep their CHECKs" pawl/sqlite/state_check.hpp
       [=[auto const off = compile(*connection_, "PRAGMA ignore_check_constraints=OFF");]=]
       [=[if (RULE_IS_OFF) return;
    auto const off = compile(*connection_, "PRAGMA ignore_check_constraints=OFF");]=]
       sqlite/state_check_test "the user's own statements keep their CHECKs")
mutant(memory_store_version "an item is moved from its version alone: the store in memory" pawl/store/memory_store.hpp
       [=[rows_[at].version != from.version)]=]
       [=[(rows_[at].version != from.version && !RULE_IS_OFF))]=]
       sqlite/every_store_test "the version alone fences, also where the state is the same again")
mutant(memory_store_state "an item is moved from its state alone: the store in memory" pawl/store/memory_store.hpp
       [=[if (at == rows_.size() || rows_[at].state != S ||]=]
       [=[if (at == rows_.size() || (rows_[at].state != S && !RULE_IS_OFF) ||]=]
       sqlite/every_store_test "the state alone fences, also where the version is the same")
mutant(memory_store_undo "a rolled back transaction leaves nothing: the store in memory" pawl/store/memory_store.hpp
       [=[if (open_ || next_failure_ || kept_ > 0) undo_]=]
       [=[if ((open_ || next_failure_ || kept_ > 0) && !RULE_IS_OFF) undo_]=]
       sqlite/every_store_test "a transaction is all or nothing")

mutant(refused_sync "what a refused sync may have lost is written again" pawl/sqlite/connection.hpp
       [=[if (code != SQLITE_IOERR_FSYNC) return;]=]
       [=[if (code != SQLITE_IOERR_FSYNC || RULE_IS_OFF) return;]=]
       crash/refused_sync_test "what is acknowledged after a process whose sync was refused survives a power cut")
mutant(refused_sync_alone "what had been synced before is not written again" pawl/sqlite/write_ahead_log.hpp
       [=[rewrite(file_, from > 0 ?]=]
       [=[rewrite(file_, from > 0 && !RULE_IS_OFF ?]=]
       crash/refused_sync_test "after a sync was refused what was on the disk before is not written over")
mutant(refused_sync_of_file "the log is synced before it is copied back, apart from SQLite" pawl/sqlite/database.hpp
       [=[if (syncs_each_commit() || checkpointer_.was_hindered()) return]=]
       [=[if (syncs_each_commit() || checkpointer_.was_hindered() || RULE_IS_OFF) return]=]
       crash/refused_sync_test "whichever sync was refused, the log is not written over where the file needs it")
mutant(refused_sync_in_new_log "what was synced of one log says nothing of the next" pawl/sqlite/write_ahead_log.hpp
       [=[is_of_this_log(on_disk.salts.data()) ?]=]
       [=[RULE_IS_OFF || is_of_this_log(on_disk.salts.data()) ?]=]
       crash/refused_sync_test "what is acknowledged after a refused sync survives where one who does not sync has begun the log anew")
mutant(refused_sync_half_page "a log that ends in half a page is written again up to there" pawl/sqlite/write_ahead_log.hpp
       [=[while (offset_of(page + 1) <= size &&]=]
       [=[while ((RULE_IS_OFF || offset_of(page + 1) <= size) &&]=]
       crash/refused_sync_test "what is acknowledged after a refused sync survives where the log ends in half a page")
mutant(refused_sync_copied_back "what is in the file already is not written again in the log" pawl/sqlite/write_ahead_log.hpp
       [=[(std::max)(known, copied_back());]=]
       [=[RULE_IS_OFF ? known : (std::max)(known, copied_back());]=]
       crash/refused_sync_test "the log is not written over where the file needs it, also where a reader keeps checkpoints from copying all")
mutant(refused_sync_half_copied "what half a checkpoint has copied is written again" pawl/sqlite/write_ahead_log.hpp
       [=[if (pages == 0 ||]=]
       [=[if (pages == 0 || RULE_IS_OFF ||]=]
       crash/refused_sync_test "what half a checkpoint has copied is there after the file's own sync was refused")

mutant(trouble_version "a trouble is noted for its version alone" pawl/sqlite/trouble_table.hpp
       [=[items_.version + "=?2 AND " + items_.state +
           "=?3 ON CONFLICT(table_name,key)]=]
       [=[(RULE_IS_OFF ? std::string("?2 IS NOT NULL") : items_.version + "=?2") + " AND " + items_.state +
           "=?3 ON CONFLICT(table_name,key)]=]
       sqlite/troubles_test "a record belongs to one version: a stale one is refused, and an outdated one counts for nothing")
mutant(rollback_brings_back "after a rollback troubles are looked for again" pawl/sqlite/store.hpp
       [=[troubles().assume_some();]=]
       [=[if (!RULE_IS_OFF) troubles().assume_some();]=]
       sqlite/troubles_test "a rollback brings troubles back, also where they were looked for after they had ended")
mutant(parked_stays "a parked item does not come due" pawl/sqlite/trouble_table.hpp
       [=[" AND p.next_at IS NOT NULL AND p.parked=0"; }]=]
       [=[" AND p.next_at IS NOT NULL" + std::string(RULE_IS_OFF ? "" : " AND p.parked=0"); }]=]
       sqlite/troubles_test "a parked item does not come due, whatever its time")

# ---- transactions, errors, poison ----

mutant(apply_commits "an apply() of its own is answered after its COMMIT" pawl/sqlite/store.hpp
       [=[also(*db_);
    alone.commit();]=]
       [=[also(*db_);
    if (!RULE_IS_OFF) alone.commit();]=]
       sqlite/every_store_test "a transition moves the item and counts its version up by one")
mutant(also_is_undone "an exception from also() takes its transition back" pawl/sqlite/store.hpp
       [=[if (db_->in_transaction() && !db_->poisoned()) db_->execute("ROLLBACK TO pawl_also; RELEASE pawl_also");]=]
       [=[if (db_->in_transaction() && !db_->poisoned())
        db_->execute(RULE_IS_OFF ? "RELEASE pawl_also" : "ROLLBACK TO pawl_also; RELEASE pawl_also");]=]
       sqlite/mapped_table_test "an exception from also takes its transition back, alone or inside a transaction")
mutant(one_type_a_table "two lifecycles of one name do not share a table" pawl/sqlite/database.hpp
       [=[if (found->type == type) return found;]=]
       [=[if (found->type == type || RULE_IS_OFF) return found;]=]
       sqlite/own_table_test "a second lifecycle of the same name is refused on one database, not mixed up with the first")
mutant(poison_at_commit "an error at COMMIT poisons the connection" pawl/sqlite/database.hpp
       [=[if (!rejected) connection_.poison(code, ", at COMMIT");]=]
       [=[if (!rejected && !RULE_IS_OFF) connection_.poison(code, ", at COMMIT");]=]
       sqlite/poison_test "an error at COMMIT is unknown, and poisons")
mutant(rejected_at_commit "a constraint at COMMIT is a no, and not unknown" pawl/sqlite/database.hpp
       [=[bool const rejected = (code & 0xff) == SQLITE_CONSTRAINT;]=]
       [=[bool const rejected = (code & 0xff) == SQLITE_CONSTRAINT && !RULE_IS_OFF;]=]
       sqlite/database_test "a deferred constraint that does not hold rejects the whole transaction at COMMIT, and poisons nothing")
mutant(poison_at_checkpoint "a checkpoint that fails poisons the connection" pawl/sqlite/database.hpp
       [=[if (code != SQLITE_OK) connection_.poison(code, when);]=]
       [=[if (code != SQLITE_OK && !RULE_IS_OFF) connection_.poison(code, when);]=]
       sqlite/poison_test "a checkpoint that fails leaves the commit standing, and the next call says so")
mutant(poison_is_final "nothing is done on a poisoned connection" pawl/sqlite/connection.hpp
       [=[if (poisoned()) throw store_error(store_failure::not_applied, poison_text());]=]
       [=[if (poisoned() && !RULE_IS_OFF) throw store_error(store_failure::not_applied, poison_text());]=]
       sqlite/poison_test "a full disk applies nothing, poisons, and names the cause and the path from then on")
mutant(poison_on_errors "an error that is not known to concern one statement poisons" pawl/sqlite/connection.hpp
       [=[bool const poisons = meaning == store_failure::not_applied;]=]
       [=[bool const poisons = meaning == store_failure::not_applied && !RULE_IS_OFF;]=]
       crash/crash_proof "faults --few 1")
mutant(io_error_ends_all "an I/O error of one statement is no error of that statement alone" pawl/sqlite/connection.hpp
       [=[switch (code & 0xff) {]=]
       [=[switch (RULE_IS_OFF && (code & 0xff) == SQLITE_IOERR ? SQLITE_ERROR : code & 0xff) {]=]
       runner/error_table_test
       "an I/O error of one statement ends all: its batch and those behind it are told, also once the disk is well")
mutant(poison_keeps_the_log "a poisoned database is not checkpointed at close" pawl/sqlite/database.hpp
       [=[if (poisoned())  // then SQLite must not copy the log back either]=]
       [=[if (poisoned() && !RULE_IS_OFF)  // then SQLite must not copy the log back either]=]
       sqlite/poison_test "a poisoned database is not checkpointed at close: log and file stay as they are")
mutant(failed_is_reset "a statement that failed is reset" pawl/sqlite/statement.hpp
       [=[store_error const failed = connection_->failure(code, sqlite3_sql(statement_));
    reset();]=]
       [=[store_error const failed = connection_->failure(code, sqlite3_sql(statement_));
    if (!RULE_IS_OFF) reset();]=]
       sqlite/statement_test "a statement that failed is reset and can be used again")
mutant(child_is_refused "an inherited connection is not used in a child of fork()" pawl/sqlite/connection.hpp
       [=[if (!is_here()) refuse_in_child();]=]
       [=[if (!is_here() && !RULE_IS_OFF) refuse_in_child();]=]
       sqlite/fork_test "every call on an inherited database is refused, with its path and what to do")

# ---- files ----

mutant(sync_at_commit "FULL syncs at every COMMIT" pawl/sqlite/opening.hpp
       [=[o.durable == durability::power_loss ? "PRAGMA]=]
       [=[o.durable == durability::power_loss && !RULE_IS_OFF ? "PRAGMA]=]
       crash/crash_proof "crash-points --files 8")
mutant(journal_mode_to_its_end "journal_mode is only done where it says so at its end" pawl/sqlite/opening.hpp
       [=[while (code == SQLITE_ROW) code = sqlite3_step(s);]=]
       [=[if (RULE_IS_OFF) code = SQLITE_OK;
    while (code == SQLITE_ROW) code = sqlite3_step(s);]=]
       crash/found_test "an error while the database becomes one with a write-ahead log is an error at open")
mutant(encoding "a database whose texts are not UTF-8 is refused" pawl/sqlite/opening.hpp
       [=[encoding != "UTF-8")]=]
       [=[encoding != "UTF-8" && !RULE_IS_OFF)]=]
       sqlite/database_test "a database whose texts are not UTF-8 is refused and keeps its journal mode")
mutant(checkpoint_backs_off "a checkpoint that a reader kept from finishing is not repeated at every commit"
       pawl/sqlite/checkpointer.hpp
       [=[next_ = frames_ + (hindered_ ?]=]
       [=[next_ = RULE_IS_OFF ? std::int64_t{threshold_} : frames_ + (hindered_ ?]=]
       sqlite/checkpoint_test "a reader that stays makes checkpoints rare, not frequent, and the log shrinks when it has left")
mutant(checkpoint_may_be_busy "a checkpoint that meets another one is no error" pawl/sqlite/checkpointer.hpp
       [=[return is_busy(code) ? SQLITE_OK : code;]=]
       [=[return !RULE_IS_OFF && is_busy(code) ? SQLITE_OK : code;]=]
       sqlite/checkpoint_test "a checkpoint that meets that of another connection is no error")
mutant(fingerprint "a lifecycle of another fingerprint is written into the dictionary" pawl/sqlite/dictionary.hpp
       [=[s.text(1) == hexadecimal(fingerprint<L>);]=]
       [=[(s.text(1) == hexadecimal(fingerprint<L>) || RULE_IS_OFF);]=]
       sqlite/own_table_test "states that are new are added to the dictionary and reported")
mutant(newer_schema "a newer schema is refused" pawl/sqlite/dictionary.hpp
       [=[if (s.integer(0) > own_schema)]=]
       [=[if (s.integer(0) > own_schema && !RULE_IS_OFF)]=]
       sqlite/own_table_test "a newer schema of pawl's is refused, both named")
mutant(codes_keep_their_names "a state's number does not come to mean another state" pawl/sqlite/dictionary.hpp
       [=[if (kept_ == states_kept_as::codes && (our_code == code || our_name == name))]=]
       [=[if (kept_ == states_kept_as::codes && (our_code == code || our_name == name) && !RULE_IS_OFF)]=]
       sqlite/own_table_test
       "a state that has another name or another number than the rows were written with is refused, both named")

# ---- values ----

mutant(bind_length "texts are bound with their lengths" pawl/sqlite/statement.hpp
       [=[check(sqlite3_bind_text64(statement_, parameter, data, text.size(), SQLITE_STATIC, SQLITE_UTF8));]=]
       [=[std::size_t const size = RULE_IS_OFF ? (std::min)(text.size(), text.find('\0')) : text.size();
    check(sqlite3_bind_text64(statement_, parameter, data, size, SQLITE_STATIC, SQLITE_UTF8));]=]
       sqlite/every_store_test "keys are bytes: any of them name a row of their own")
mutant(read_length "texts are read with their lengths" pawl/sqlite/statement.hpp
       [=[auto const* const data = reinterpret_cast<char const*>(sqlite3_column_text(statement_, column));]=]
       [=[auto const* const data = reinterpret_cast<char const*>(sqlite3_column_text(statement_, column));
    if (RULE_IS_OFF && data != nullptr) return data;]=]
       sqlite/statement_test "text and bytes are bound and read with their lengths")
mutant(nan "a NaN is rejected, not stored as NULL" pawl/sqlite/store.hpp
       [=[if (pawl::detail::holds_nan(event))]=]
       [=[if (pawl::detail::holds_nan(event) && !RULE_IS_OFF)]=]
       sqlite/contents_test "a NaN, which no column keeps, is rejected by every store, and nothing else is")

# ---- troubles ----

mutant(move_ends_troubles "a transition ends the troubles of its item, in its transaction" pawl/sqlite/store.hpp
       [=[troubles().forget(from.key);]=]
       [=[if (!RULE_IS_OFF) troubles().forget(from.key);]=]
       sqlite/troubles_test "a transition ends the troubles of its item, in the same transaction")
mutant(record_of_a_version "a record counts for the version at which it was noted" pawl/sqlite/trouble_table.hpp
       [=[" AND p.key=?1 AND p.version=?2");]=]
       [=[" AND p.key=?1 AND " + (RULE_IS_OFF ? "?2 IS NOT NULL" : "p.version=?2"));]=]
       sqlite/troubles_test "somebody who moves a row without knowing of troubles ends them too")
mutant(mark_of_one_run "a mark is not replaced by that of another run" pawl/sqlite/trouble_table.hpp
       [=[WHERE NOT(" +
           yields() + ")";]=]
       [=[WHERE NOT(" +
           (RULE_IS_OFF ? "0" : yields()) + ")";]=]
       sqlite/troubles_test "a mark of one run is not replaced by that of another")
mutant(mark_of_the_dead "a process that was taken for dead puts no mark over what its successor counts"
       pawl/sqlite/trouble_table.hpp
       [=[AND run<>excluded.run AND "
           "(recoveries>excluded.recoveries OR]=]
       [=[AND run<>excluded.run AND " +
           std::string(RULE_IS_OFF ? "(0" : "(recoveries>excluded.recoveries") + " OR]=]
       sqlite/troubles_test "a process that was taken for dead puts no mark over what its successor counts")
mutant(empty_of_a_version "an empty record of a version that is left takes nothing away" pawl/sqlite/trouble_table.hpp
       [=[if (!is_current(of)) return false;]=]
       [=[if (!is_current(of) && !RULE_IS_OFF) return false;]=]
       sqlite/troubles_test "an empty record of a version that is left takes nothing away")
mutant(insert_ends_troubles "an item that is inserted anew has no troubles" pawl/sqlite/store.hpp
       [=[if (made) troubles().forget(key);]=]
       [=[if (made && !RULE_IS_OFF) troubles().forget(key);]=]
       sqlite/troubles_test "an item that was deleted and inserted anew has no troubles")

# ---- group commit ----

mutant(fifo "transitions are written first in, first out" pawl/queue/commit_queue.hpp
       [=[waiting_.push(r);]=]
       [=[request_list later;
    if (RULE_IS_OFF) later.append(waiting_);
    waiting_.push(r);
    waiting_.append(later);]=]
       queue/commit_queue_test "transitions that are ready together share a transaction, first in, first out")
mutant(batch_bound "a transaction holds no more than options.batch" pawl/queue/commit_queue.hpp
       [=[write(take(waiting_.front()->alone ? 1 : (std::max)(options_.batch, std::size_t{1})), times);]=]
       [=[write(take(waiting_.front()->alone ? 1 : RULE_IS_OFF ? 9999 : (std::max)(options_.batch, std::size_t{1})), times);]=]
       queue/commit_queue_test "a transaction holds at most options.batch transitions")
mutant(answer_after_commit "a waiter is answered after its COMMIT" pawl/queue/commit_queue.hpp
       [=[store_.commit();]=]
       [=[if (RULE_IS_OFF) {
        chain early;
        early.list.append(batch.list);
        finish(std::move(early), nullptr);
      }
      store_.commit();]=]
       queue/commit_queue_test "after an error at COMMIT the batch is unknown, those queued are not applied, and nobody hangs")
mutant(failure_is_told "a waiter is told that its transaction failed" pawl/queue/commit_queue.hpp
       [=[failure = std::current_exception();
      store_.rollback();]=]
       [=[if (!RULE_IS_OFF) failure = std::current_exception();
      store_.rollback();]=]
       runner/error_table_test "an I/O error at COMMIT leaves the batch unknown, and applies nothing of those behind it")
mutant(replay_isolates "a rejected transition fails alone" pawl/queue/commit_queue.hpp
       [=[if (failure && batch.size > 1 && !store_.poisoned()) {]=]
       [=[if (failure && batch.size > 1 && !store_.poisoned() && !RULE_IS_OFF) {]=]
       queue/commit_queue_test "a rejected transition fails alone: the others of its batch are written one by one, in order")
mutant(replay_ends "a batch that was rejected is repeated one by one, and not as it was" pawl/queue/commit_queue.hpp
       [=[r->waits = r->alone = true;]=]
       [=[r->waits = true, r->alone = !RULE_IS_OFF;]=]
       runner/error_table_test
       "a constraint, a mismatch and a value that is too big fail one item, and the others are written one by one" MAY_HANG)
mutant(nobody_hangs "those queued behind an error that breaks the store are told" pawl/queue/commit_queue.hpp
       [=[return finish(take_all(), std::current_exception());]=]
       [=[return RULE_IS_OFF ? void() : finish(take_all(), std::current_exception());]=]
       runner/error_table_test "an I/O error at COMMIT leaves the batch unknown, and applies nothing of those behind it"
       MAY_HANG)
mutant(lock_bound "a lock is waited for no longer than busy_bound" pawl/queue/commit_queue.hpp
       [=[if (now - *busy_since_ >= options_.busy_bound) {]=]
       [=[if (now - *busy_since_ >= options_.busy_bound && !RULE_IS_OFF) {]=]
       runner/error_table_test "while another connection holds the lock the batch stays queued, in its order, and up to the bound"
       MAY_HANG)
mutant(runs_are_not_cancelled "what is written for a run cannot be cancelled" pawl/queue/commit_queue.hpp
       [=[if (slot == nobodys) self->make_cancellable(]=]
       [=[if (slot == nobodys || RULE_IS_OFF) self->make_cancellable(]=]
       queue/cancellation_test "what is written for a run cannot be cancelled")

mutant(flush_is_posted "a queue that found no memory for its flush posts the next" pawl/queue/commit_queue.hpp
       [=[if (scheduled_) return;]=]
       [=[if (RULE_IS_OFF ? std::exchange(scheduled_, true) : scheduled_) return;]=]
       crash/crash_proof "queue")

# ---- steps ----

mutant(key_is_stable "an idempotency key is the same for every repetition" pawl/runner/engine/attempt.hpp
       [=[return Context(w.attempt(), w.resumed, idempotency_key<L, S>(w.item));]=]
       [=[return Context(w.attempt(), w.resumed,
                     idempotency_key<L, S>(w.item) + (RULE_IS_OFF ? std::to_string(w.attempt()) : std::string()));]=]
       runner/run_test "a passing failure is repeated with the same key, and the key changes with the state's version")
mutant(key_of_a_version "an idempotency key changes with the version at which the state was entered"
       pawl/runner/engine/attempt.hpp
       [=[.append(std::to_string(it.version))]=]
       [=[.append(std::to_string(RULE_IS_OFF ? 0 : it.version))]=]
       runner/run_test "a passing failure is repeated with the same key, and the key changes with the state's version")
mutant(probe_before_repeat "a probe is asked before a step is repeated" pawl/runner/engine/attempt.hpp
       [=[if (w.resumed || w.record.in_doubt) {]=]
       [=[if ((w.resumed || w.record.in_doubt) && !RULE_IS_OFF) {]=]
       runner/run_test "a probeable step is asked first when it is resumed or in doubt, and never repeats what was done")
mutant(thrown_is_in_doubt "what a step throws leaves open whether its call was carried out" pawl/runner/engine/attempt.hpp
       [=[return is_coroutine<S> ? trouble::unknown_outcome(what) : trouble::transient(what);]=]
       [=[return is_coroutine<S> && !RULE_IS_OFF ? trouble::unknown_outcome(what) : trouble::transient(what);]=]
       runner/run_test "an unsafe step is not repeated while in doubt: its item is parked")
mutant(lost_answer_parks "an unsafe step whose answer was lost is not called again" pawl/runner/engine/retry.hpp
       [=[if (record.in_doubt && !step.repeatable) return fate::parked;]=]
       [=[if (record.in_doubt && !step.repeatable && !RULE_IS_OFF) return fate::parked;]=]
       runner/run_test "an unsafe step is not repeated while in doubt: its item is parked")
mutant(mark_before_call "an unsafe step is marked in the store before it is called" pawl/runner/engine/job_driver.hpp
       [=[if (!step.needs_mark()) co_return fate::running;]=]
       [=[if (!step.needs_mark() || RULE_IS_OFF) co_return fate::running;]=]
       runner/durable_run_test "an unsafe step is marked before it begins, and nothing is left of the mark when it has succeeded")
mutant(marked_parks "an unsafe step that a dead process had begun is not called again" pawl/runner/engine/job_driver.hpp
       [=[if (!w.record.in_doubt || !entry || entry->nature.repeatable) return fate::running;]=]
       [=[if (!w.record.in_doubt || !entry || entry->nature.repeatable || RULE_IS_OFF) return fate::running;]=]
       runner/durable_run_test "an unsafe step whose process died is in doubt: parked, not repeated, until somebody releases it")
mutant(recorded_or_not "an event that the store rejected is not read by a later step" pawl/runner/engine/answer_writer.hpp
       [=[w.last = {};  // it was not recorded after all]=]
       [=[if (!RULE_IS_OFF) w.last = {};]=]
       runner/recorded_test "an event that the store rejected is not read by the step that its failure leads to")
mutant(in_hand_once "an item is in one hand at a time" pawl/runner/engine/backlog.hpp
       [=[if (!held_.insert(s.page[s.at].row).second) continue;]=]
       [=[if (!held_.insert(s.page[s.at].row).second && !RULE_IS_OFF) continue;]=]
       runner/stale_page_test "what has come due and is in hand is not taken a second time from its page")
mutant(held_pages "what is in hand when its page is read is not taken from it later" pawl/runner/engine/backlog.hpp
       [=[s.after_row = s.page.back().row;
    drop_held(s.page);]=]
       [=[s.after_row = s.page.back().row;
    if (!RULE_IS_OFF) drop_held(s.page);]=]
       runner/stale_page_test "what was in hand when its page was read is not taken from that page later")
mutant(stubborn_rows "a row that is listed and never moves is parked, not tried for ever" pawl/runner/engine/job_driver.hpp
       [=[bool const stubborn = where == fate::dropped && was_lost_before(w);]=]
       [=[bool const stubborn = where == fate::dropped && was_lost_before(w) && !RULE_IS_OFF;]=]
       runner/run_test "a row that does not change although nobody else moved it is parked, not tried for ever" MAY_HANG)
mutant(attempts_are_bounded "a step is tried no more often than the policy says" pawl/runner/engine/retry.hpp
       [=[if (++record.attempts >= retry_.attempts) break;]=]
       [=[if (++record.attempts >= retry_.attempts && !RULE_IS_OFF) break;]=]
       runner/durable_run_test "attempts count over runs, and the wait between them is in the store" MAY_HANG)
mutant(quota_halts "a remote that refuses everybody stops the intake" pawl/runner/engine/job_driver.hpp
       [=[if (!run_.sum.halted) run_.sum.halted = w.why;]=]
       [=[if (!run_.sum.halted && !RULE_IS_OFF) run_.sum.halted = w.why;]=]
       runner/run_test "quota and credentials stop the intake and fail nothing")
mutant(state_limit "no more items are in a state's step than its limit" pawl/runner/engine/job_driver.hpp
       [=[if (!run_.gauge.has_room(w.item.state)) return fate::put_back;]=]
       [=[if (!run_.gauge.has_room(w.item.state) && !RULE_IS_OFF) return fate::put_back;]=]
       runner/durable_run_test "no more items are in the step of a state than its limit, and others are not held up by it")
mutant(suspects_go_alone "items with which processes have died go one at a time" pawl/runner/engine/job_driver.hpp
       [=[if (where == fate::running && w.record.recoveries > 1) where = take_turn(w);]=]
       [=[if (where == fate::running && w.record.recoveries > 1 && !RULE_IS_OFF) where = take_turn(w);]=]
       runner/durable_run_test "items with which processes have died more than once go one at a time, delayed ones too")
mutant(attempt_deadline "a step past its deadline is cut off" pawl/runner/engine/attempt.hpp
       [=[me.begin_step(run.options.attempt_deadline);]=]
       [=[me.begin_step(RULE_IS_OFF ? std::chrono::nanoseconds{} : run.options.attempt_deadline);]=]
       runner/durable_run_test "a step past its deadline is cut off, and what it called is in doubt" MAY_HANG)
mutant(deaths_are_bounded "an item with which processes die again and again is parked" pawl/runner/engine/job_driver.hpp
       [=[if (w.record.recoveries > run_.options.retry.recoveries) {]=]
       [=[if (w.record.recoveries > run_.options.retry.recoveries && !RULE_IS_OFF) {]=]
       runner/ownership_test "an item that kills its process again and again is parked, and the others are not")
mutant(one_owner "a second sole run is refused" pawl/sqlite/owner_file.hpp
       [=[how == ownership::sole ? lock_mode::exclusive]=]
       [=[how == ownership::sole && !RULE_IS_OFF ? lock_mode::exclusive]=]
       runner/ownership_test "a second runner is refused, and told who runs the store")
mutant(lock_of_the_owner "a child does not give up the lock of its parent" pawl/system/file_lock.hpp
       [=[if (this_process() == acquired_by_ && is_last_holder())]=]
       [=[if ((this_process() == acquired_by_ || RULE_IS_OFF) && is_last_holder())]=]
       runner/ownership_test "a lock that a child has inherited is not given up by it")

# ---- waits and the pace ----

mutant(backoff_cap "no wait is longer than the cap" pawl/loop/backoff.hpp
       [=[longest = longest > cap / 2 ? cap : longest * 2;]=]
       [=[longest = longest > cap / 2 && !RULE_IS_OFF ? cap : longest * 2;]=]
       loop/backoff_test "the longest wait doubles with each failure up to the cap, without overflow")
mutant(backoff_jitter "waits are spread over all of their bound" pawl/loop/backoff.hpp
       [=[return random.upto(bound(n));]=]
       [=[return RULE_IS_OFF ? bound(n) : random.upto(bound(n));]=]
       loop/backoff_test "jitter is full: waits lie anywhere from nothing to the bound, and never beyond")
mutant(stored_wait_is_clamped "a wait that another run began is no longer than the policy's longest" pawl/runner/engine/engine.hpp
       [=[store.cut_delays(store.now() + run_.judgement.longest_wait());]=]
       [=[if (!RULE_IS_OFF) store.cut_delays(store.now() + run_.judgement.longest_wait());]=]
       runner/durable_run_test "a wait that another run began is waited for to its end, and no longer than the policy's longest")
mutant(gate_limits "calls begin at the rate of their gate" pawl/runner/rate_gate.hpp
       [=[next_ = (std::max)(full, begin) + interval_;]=]
       [=[next_ = RULE_IS_OFF ? next_ : (std::max)(full, begin) + interval_;]=]
       runner/durable_run_test "any number of workers, and of runs, stays at the rate of their gate, exactly")
mutant(gate_is_shared "runs that are given one gate share it" pawl/runner/engine/run_context.hpp
       [=[gate(o.gate ? *o.gate : own_gate),]=]
       [=[gate(o.gate && !RULE_IS_OFF ? *o.gate : own_gate),]=]
       runner/durable_run_test "any number of workers, and of runs, stays at the rate of their gate, exactly")
mutant(throttled_closes_gate "when the remote asks to wait, everybody waits" pawl/runner/engine/job_driver.hpp
       [=[if (w.why.kind == trouble_kind::throttled)]=]
       [=[if (w.why.kind == trouble_kind::throttled && !RULE_IS_OFF)]=]
       runner/durable_run_test "the remote's Retry-After closes the gate for everybody")
mutant(no_jump_over_others "virtual time does not jump over what is in flight elsewhere" pawl/loop/loop.hpp
       [=[if (!sleepers_.empty() && elsewhere_.load(std::memory_order_relaxed) == 0)]=]
       [=[if (!sleepers_.empty() && (elsewhere_.load(std::memory_order_relaxed) == 0 || RULE_IS_OFF))]=]
       loop/loop_test "a jumping clock does not jump over work that is in flight elsewhere")

# ---- adapters ----

mutant(refused_has_no_effect "a call that the mock's script refuses has no effect" pawl/adapter/mock_adapter.hpp
       [=[if (fate.lands != landing::in_time) {]=]
       [=[if (fate.lands != landing::in_time) {
      if (RULE_IS_OFF) static_cast<void>(effect()), ++effects_;]=]
       adapter/mock_adapter_test "a refused call has no effect, and a lost answer has one")
mutant(ask_leaves_doubt "what an adapter's call throws may have been carried out" pawl/runner/ask.hpp
       [=[answer.emplace(trouble::unknown_outcome(e.what()));]=]
       [=[answer.emplace(RULE_IS_OFF ? trouble::transient(e.what()) : trouble::unknown_outcome(e.what()));]=]
       adapter/mock_adapter_test "ask lifts values, outcomes and tasks of both, and what a call throws may have been carried out")
