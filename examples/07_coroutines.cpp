// Coroutines: sleeping costs no thread, and a blocking call in one does not hold up the others.
#include <cmwq/cmwq.hpp>

#include <chrono>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;

// Stands for a library that can only block, such as getaddrinfo().
std::string look_up(int client) {
  std::this_thread::sleep_for(20ms);
  return "client-" + std::to_string(client) + ".example";
}

cmwq::task<std::string> serve(const cmwq::workqueue& wq, int client) {
  co_await wq.schedule();                 // from here on in a worker
  co_await wq.schedule_after(5ms);        // no thread waits meanwhile
  std::string name = look_up(client);     // blocks: the pool starts the next one
  const auto length = co_await wq.submit([&] { return name.size(); });
  co_return name + " (" + std::to_string(length) + ")";
}

cmwq::task<std::size_t> serve_all(const cmwq::workqueue& wq) {
  std::vector<cmwq::task<std::string>> clients;
  for (int i = 0; i < 100; ++i) clients.push_back(serve(wq, i));
  const auto names = co_await cmwq::when_all(std::move(clients));
  std::printf("first: %s, last: %s\n", names.front().c_str(), names.back().c_str());
  co_return names.size();
}

cmwq::task<> impatient(const cmwq::workqueue& wq, std::stop_token stop) {
  try {
    co_await wq.schedule_after(1h, stop);
  } catch (const cmwq::canceled&) {
    std::printf("woken by a stop request\n");
  }
}

int main() {
  cmwq::workqueue wq("server");
  const auto start = std::chrono::steady_clock::now();
  const std::size_t served = cmwq::sync_wait(serve_all(wq));
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
  std::printf("%zu clients in %.0f ms; one after the other: 2500 ms\n", served, took.count());

  std::stop_source stop;
  std::thread requester([&] { stop.request_stop(); });
  cmwq::sync_wait(impatient(wq, stop.get_token()));
  requester.join();
}
