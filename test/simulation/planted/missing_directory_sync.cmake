# A segment is written to before its name is durable.
set(SOURCE src/store/spool/group.cc)
set(FROM [==[if (auto synced = disk.sync_directory(std::string(segments_directory)); !synced) return synced;]==])
set(TO [==[]==])
set(SEEDS 5000)
