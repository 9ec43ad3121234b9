// An ordered queue is a strand: what it guards needs no lock.
#include <cmwq/cmwq.hpp>

#include <cstdio>
#include <string>

// An account whose operations may be called from any thread.
class account {
 public:
  cmwq::future<long> deposit(long amount) {
    return strand_.submit([this, amount] { return balance_ += amount; });
  }
  cmwq::future<bool> withdraw(long amount) {
    return strand_.submit([this, amount] {
      if (balance_ < amount) return false;
      balance_ -= amount;
      return true;
    });
  }
  cmwq::future<long> balance() {
    return strand_.submit([this] { return balance_; });
  }

 private:
  long balance_ = 0;  // touched by items of strand_ only
  // The last member: destroyed first, when everything it accepted has been executed.
  cmwq::workqueue strand_{cmwq::workqueue_options{.name = "account", .type = cmwq::queue_type::ordered}};
};

int main() {
  account savings;
  cmwq::workqueue customers("customers");
  cmwq::task_group group(customers);
  for (int i = 0; i < 50; ++i)
    group.run([&] {
      savings.deposit(10).get();  // waits inside an item: the pool goes on without it
      (void)savings.withdraw(4);
    });
  group.wait();
  const long balance = savings.balance().get();
  std::printf("balance: %ld\n", balance);
  return balance == 50 * 6 ? 0 : 1;
}
