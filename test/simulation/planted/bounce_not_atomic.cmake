# The failure is written down first, the notification about it afterwards.
set(SOURCE src/server/qmgr/settle.cc)
set(FROM [==[    transaction.emplace_back(std::move(progress));
    for (auto& notice : notices)]==])
set(TO [==[    submit_lazily(std::move(progress));
    for (auto& notice : notices)]==])
set(SEEDS 10000)
