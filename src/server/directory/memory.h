#pragma once
// What is remembered of strangers: bounded, and what was not used for longest is forgotten first. Hostile: as many
// addresses and names as somebody likes.

#include <cstddef>
#include <list>
#include <string>
#include <unordered_map>
#include <utility>

namespace directory {

template <typename Value>
class Memory {
public:
    static constexpr std::size_t most = 100'000;

    Value& at(const std::string& key) {
        if (const auto found = places_.find(key); found != places_.end()) {
            order_.splice(order_.begin(), order_, found->second);
            return order_.front().second;
        }
        if (order_.size() >= most) {
            places_.erase(order_.back().first);
            order_.pop_back();
        }
        order_.emplace_front(key, Value{});
        places_.emplace(key, order_.begin());
        return order_.front().second;
    }
    const Value* find(const std::string& key) const {
        const auto found = places_.find(key);
        return found == places_.end() ? nullptr : &found->second->second;
    }
    Value* find(const std::string& key) { return const_cast<Value*>(std::as_const(*this).find(key)); }
    template <typename Visit>
    void for_each(Visit visit) const {
        for (const auto& [key, value] : order_) visit(key, value);
    }

private:
    using Order = std::list<std::pair<std::string, Value>>;
    Order order_;  // the latest first
    std::unordered_map<std::string, typename Order::iterator> places_;
};

}  // namespace directory
