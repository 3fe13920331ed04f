// The newest frame is in `price`, which is inlined in `Drawer::total`; `sum` is a template.
extern "C" int volatile stock;
int volatile stock = 3;

namespace shop {

struct Item {
    int cents;
};

static inline __attribute__((always_inline)) int price(const Item &item) {
    return *reinterpret_cast<int volatile *>(static_cast<unsigned long long>(item.cents)) + stock;
}

template <typename T> __attribute__((noinline)) T sum(T first, T second) {
    stock = stock + 1;
    return first + second * stock;
}

class Drawer {
  public:
    __attribute__((noinline)) explicit Drawer(int cents) : item{cents} { stock = cents; }
    __attribute__((noinline)) int total(const Item &other) const {
        stock = stock - 1;
        return price(other) + sum<int>(item.cents, stock);
    }
    __attribute__((noinline)) int operator[](int index) const { return stock + index; }

  private:
    Item item;
};

} // namespace shop

extern "C" __attribute__((visibility("default"), noinline)) int open_drawer(int cents) {
    shop::Drawer drawer(cents);
    return drawer.total(shop::Item{cents}) + drawer[stock];
}
