# The message is called durable when it is written, not when it is synced.
set(SOURCE src/store/spool/group.cc)
set(FROM [==[return file->sync_data();]==])
set(TO [==[return {};]==])
set(SEEDS 2000)
