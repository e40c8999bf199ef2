// Runs a fuzz target over the files and folders named, after the empty input and a few hundred made from a fixed seed,
// so that a target without kept seeds still proves its property on something.
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t*, std::size_t);

namespace {

void run(const std::string& bytes) {
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
}

std::string read(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string mutate(std::string bytes, std::mt19937& random) {
    for (auto changes = random() % 8; changes > 0; --changes) {
        const auto at = bytes.empty() ? 0 : random() % bytes.size();
        switch (random() % 3) {
            case 0: bytes.insert(at, 1, static_cast<char>(random())); break;
            case 1:
                if (!bytes.empty()) bytes.erase(at, 1 + random() % 4);
                break;
            default:
                if (!bytes.empty()) bytes[at] = static_cast<char>(random());
        }
    }
    return bytes;
}

}  // namespace

int main(int argc, char** argv) {
    std::vector<std::string> seeds{""};
    for (int i = 1; i < argc; ++i) {
        if (std::filesystem::is_regular_file(argv[i])) seeds.push_back(read(argv[i]));
        if (!std::filesystem::is_directory(argv[i])) continue;
        for (const auto& entry : std::filesystem::directory_iterator(argv[i])) seeds.push_back(read(entry.path()));
    }
    std::mt19937 random(1);
    for (const auto& seed : seeds) run(seed);
    for (int i = 0; i < 2000; ++i) run(mutate(seeds[random() % seeds.size()], random));
    std::printf("replayed %zu seeds and 2000 variations\n", seeds.size());
}
