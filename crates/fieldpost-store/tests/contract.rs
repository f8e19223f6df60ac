//! The contract of `store.rs` as stories, each told to every store.
//!
//! A new store joins by one line in `every_store!`. Stories see the trait only; what is particular to a file
//! is in `contract/file.rs`, and `contract/model.rs` compares stores by random operations.

#[path = "contract/access.rs"]
mod access;
#[path = "contract/automations.rs"]
mod automations;
#[path = "contract/blocks.rs"]
mod blocks;
#[path = "contract/channels.rs"]
mod channels;
#[path = "contract/commit.rs"]
mod commit;
#[path = "contract/devices.rs"]
mod devices;
#[path = "contract/file.rs"]
mod file;
#[path = "contract/history.rs"]
mod history;
#[path = "contract/model.rs"]
mod model;
#[path = "contract/read.rs"]
mod read;
#[path = "contract/relays.rs"]
mod relays;
#[path = "contract/setup.rs"]
mod setup;
#[path = "contract/talkbacks.rs"]
mod talkbacks;
#[path = "contract/users.rs"]
mod users;

use fieldpost_store::faulty::FaultyStore;
use fieldpost_store::memory::MemoryStore;
use fieldpost_store::sqlite::SqliteStore;

/// Makes a test of each story for each store. `$make` gives the store and whatever must outlive it.
macro_rules! every_store {
    ($($store:ident: $make:expr;)*) => { $(
        mod $store {
            use super::*;

            fn make() -> (impl fieldpost_store::Store, Option<tempfile::TempDir>) {
                $make
            }

            stories! {
                commit: ids_begin_at_one_and_have_no_gaps_in_the_order_of_the_batch,
                commit: each_submission_has_one_outcome_in_order,
                commit: a_refused_submission_touches_no_other_and_uses_up_no_id,
                commit: a_submission_is_stored_whole_or_not_at_all,
                commit: an_empty_batch_and_an_empty_submission_change_nothing,
                commit: an_update_that_names_no_time_gets_the_time_of_receipt,
                commit: channels_count_their_ids_apart,
                commit: threads_that_commit_at_once_share_the_ids_without_gaps,
                commit: a_write_too_soon_hears_how_long_to_wait,
                commit: a_tenth_of_the_interval_up_to_300_ms_is_forgiven,
                commit: the_second_submission_of_a_batch_sees_the_first,
                commit: a_time_is_taken_by_entries_of_its_own_channel_alone,
                commit: without_an_interval_nothing_is_too_soon_even_if_the_clock_steps_back,
                commit: a_refusal_does_not_count_as_a_write,
                commit: refuse_says_no_to_a_time_that_is_taken,
                commit: refuse_holds_within_a_submission_and_a_batch,
                commit: updates_that_name_no_time_never_repeat_one,
                commit: skip_passes_over_what_is_stored_already,
                commit: skip_stores_a_known_time_with_other_values,
                commit: skip_compares_with_every_entry_of_that_time,
                commit: a_submission_of_repeats_only_stores_nothing_and_does_not_count_as_a_write,
                commit: keep_stores_them_all_the_same,
                commit: times_are_compared_to_the_millisecond,
                commit: too_soon_is_said_before_a_time_is_looked_at,
                commit: a_channel_deleted_while_its_updates_are_on_the_way_is_gone,
                read: every_text_comes_back_exactly,
                read: absent_and_empty_are_different,
                read: times_before_1970_and_at_the_ends_come_back_exactly,
                read: newest_is_by_time_then_id_and_oldest_first,
                read: newest_takes_the_newest_up_to_the_limit,
                read: both_ends_of_a_span_belong_to_it,
                read: with_a_range_of_ids_times_do_not_count,
                read: a_channel_that_does_not_exist_has_nothing,
                read: after_pages_by_ascending_id,
                read: one_entry_is_found_by_its_id,
                read: last_with_is_the_highest_id_that_has_the_field,
                read: a_scan_goes_by_time_then_id_within_its_ends_until_it_is_broken_off,
                read: a_head_tells_the_newest_id_and_the_last_write,
                read: a_cleared_channel_begins_at_one_again_but_remembers_its_last_write,
                read: clearing_leaves_other_channels_alone,
                channels: a_new_channel_comes_back_as_it_was_made,
                channels: a_channel_without_an_id_gets_one_above_every_id_ever_used,
                channels: a_deleted_id_is_given_again_only_when_asked_for,
                channels: after_the_highest_id_none_is_left,
                channels: a_channel_needs_an_owner_a_free_id_and_free_keys_in_this_order,
                channels: a_write_key_opens_one_channel_and_nothing_else,
                channels: read_keys_differ_within_their_channel_only,
                channels: a_change_keeps_what_must_not_change,
                channels: every_setting_can_be_changed_and_cleared,
                channels: changed_keys_open_and_old_ones_do_not,
                channels: a_refused_change_leaves_everything,
                channels: a_change_that_panics_leaves_everything,
                channels: tags_are_known_words_whatever_their_case,
                channels: a_list_is_filtered_by_owner_publicity_and_tag,
                channels: a_deleted_channel_takes_its_entries_and_keys_along,
                channels: the_version_changes_with_the_catalogue_and_not_with_entries,
                users: a_user_is_found_by_login_whatever_its_case_and_by_key,
                users: users_are_numbered_from_one,
                users: a_login_and_a_user_key_belong_to_one_user,
                users: a_user_key_may_equal_a_channel_key,
                users: a_changed_user_keeps_number_login_and_age,
                users: a_refused_user_change_leaves_everything,
                users: a_user_never_prints_key_or_password,
                access: a_session_is_found_by_its_token_with_its_user,
                access: sessions_end_one_by_one_all_but_one_and_by_age,
                access: a_channel_is_shared_with_a_role_that_changes_and_ends,
                access: a_link_is_found_by_its_token_until_it_is_taken_back,
                access: what_belongs_to_a_user_or_a_channel_goes_with_it,
                access: owners_and_the_last_admin_can_not_be_deleted,
                access: a_retiring_key_writes_until_its_time_and_not_after,
                access: a_retiring_key_is_nobody_elses_key,
                devices: a_device_comes_back_as_it_was_made,
                devices: a_client_id_belongs_to_one_device_of_a_user_who_is_there,
                devices: a_changed_device_keeps_its_client_id_its_user_and_its_age,
                devices: what_names_a_channel_goes_with_it_and_a_device_with_its_user,
                devices: the_version_changes_with_every_device,
                devices: a_device_never_prints_what_is_kept_of_its_password,
                automations: an_automation_comes_back_as_it_was_made,
                automations: a_changed_automation_keeps_its_number_its_user_and_its_age,
                automations: progress_and_runs_are_noted_together_and_the_newest_kept,
                automations: a_run_is_unsettled_until_it_is_over,
                automations: a_thinghttp_is_found_by_its_key_and_changed_by_its_user_only,
                automations: alerts_go_by_a_key_of_their_own_and_are_forgotten,
                automations: what_is_done_by_itself_goes_with_its_user_and_its_channel,
                talkbacks: a_talkback_comes_back_as_it_was_made_and_is_found_by_its_key,
                talkbacks: a_talkback_needs_an_owner_a_channel_that_is_there_and_a_key_of_its_own,
                talkbacks: a_talkback_goes_with_its_user_and_outlives_its_channel,
                talkbacks: commands_go_out_in_the_order_of_their_positions,
                talkbacks: there_is_always_room_in_between,
                talkbacks: a_queued_command_is_changed_and_moved_and_others_are_not,
                talkbacks: a_command_that_is_due_is_never_handed_out,
                talkbacks: many_that_are_due_expire_in_parts_the_earliest_first,
                talkbacks: a_full_queue_takes_no_more_until_there_is_room,
                talkbacks: the_same_word_within_a_day_is_the_same_command,
                talkbacks: only_what_was_handed_out_is_acknowledged_and_only_once,
                talkbacks: of_finished_commands_the_last_are_kept,
                talkbacks: commands_are_deleted_one_by_one_queued_or_all,
                talkbacks: of_many_who_ask_at_once_each_command_goes_to_one,
                talkbacks: every_text_of_a_command_comes_back_exactly,
                history: a_corrected_entry_keeps_its_id_and_moves_with_its_time,
                history: a_deleted_entry_is_gone_and_its_id_is_not_given_again,
                history: a_stretch_is_deleted_with_both_of_its_ends,
                history: what_is_put_in_keeps_its_ids_and_comes_once,
                history: many_become_few_at_once,
                history: points_are_numbers_in_the_order_of_time,
                history: an_overview_loses_no_spike,
                history: aggregates_are_made_of_numbers_alone,
                history: an_extent_tells_how_much_there_is,
                relays: a_relay_comes_back_as_it_was_made,
                relays: a_changed_relay_keeps_its_number_its_channel_and_its_way,
                relays: a_relay_goes_by_itself_or_with_its_channel,
            }
        }
    )* };
}

macro_rules! stories {
    ($($file:ident: $story:ident,)*) => { $(
        #[test]
        fn $story() {
            let (store, _guard) = make();
            crate::$file::$story(&store);
        }
    )* };
}

every_store! {
    memory: (MemoryStore::new(), None);
    sqlite: {
        let dir = tempfile::tempdir().unwrap();
        (SqliteStore::open(&dir.path().join("fieldpost.db")).unwrap(), Some(dir))
    };
    faulty_without_faults: (FaultyStore::new(MemoryStore::new()), None);
}
