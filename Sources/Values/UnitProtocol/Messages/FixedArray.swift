/// A fixed number of equal numbers, in line: what the schema calls an array of a numeric type.
///
/// It exists because `InlineArray` is not `Equatable`, and messages are.
public struct FixedArray<let length: Int, Element: BitwiseCopyable & Sendable & Equatable>: Sendable, BitwiseCopyable {
    /// The numbers.
    public var elements: InlineArray<length, Element>

    /// All elements equal.
    public init(repeating element: Element) {
        elements = InlineArray(repeating: element)
    }

    /// From an array of the same length; a literal of the right length will do.
    public init(_ elements: InlineArray<length, Element>) {
        self.elements = elements
    }

    /// Number of elements.
    public var count: Int { length }

    /// The valid indices.
    public var indices: Range<Int> { 0..<length }

    /// The element at `index`; a wrong index is a bug and traps.
    public subscript(index: Int) -> Element {
        get { elements[index] }
        set { elements[index] = newValue }
    }
}

extension FixedArray: Equatable {
    /// Compares element by element.
    public static func == (left: Self, right: Self) -> Bool {
        for index in 0..<length where left.elements[index] != right.elements[index] { return false }
        return true
    }
}
