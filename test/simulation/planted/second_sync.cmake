# A sync that failed is repeated, and then believed.
set(SOURCE src/store/spool/group.cc)
set(FROM [==[return file->sync_data();]==])
set(TO [==[if (auto synced = file->sync_data(); synced) return synced;
    return file->sync_data();]==])
set(SEEDS 10000)
