import Testing

struct PlaceholderTests {
    @Test func `it is built`() {}
}
