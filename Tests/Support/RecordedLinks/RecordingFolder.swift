public import Foundation

/// A folder of recordings as another maker's program would write them, which goes with its owner. Samples are seeded: what
/// tests find in them does not vary.
public final class RecordingFolder: Sendable {
    /// Where it is.
    public let path: String

    /// An empty folder.
    public init() throws {
        path = "/tmp/cvqkd-recorded-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// A recording's name.
    public func base(_ name: String) -> String { "\(path)/\(name)" }

    /// A recording's samples.
    public func data(_ name: String) -> URL { URL(fileURLWithPath: base(name) + ".sigmf-data") }

    /// Writes a recording; `extra` are more fields of its `global`, each behind a comma.
    public func put(
        _ name: String, _ kind: String?, _ samples: [Int16], _ extra: String = "", datatype: String = "ri16_le"
    ) throws {
        try samples.withUnsafeBytes { try put(name, kind, Data($0), extra, datatype: datatype) }
    }

    /// The same of any bytes.
    public func put(
        _ name: String, _ kind: String?, _ bytes: Data, _ extra: String = "", datatype: String
    ) throws {
        let kind = kind.map { #", "cvqkd:kind": "\#($0)""# } ?? ""
        let meta = #"{"global": {"core:datatype": "\#(datatype)", "core:version": "1.0.0"\#(kind)\#(extra)}}"#
        try Data(meta.utf8).write(to: URL(fileURLWithPath: base(name) + ".sigmf-meta"))
        try bytes.write(to: data(name))
    }
}

/// Normal numbers of a small generator, the same on every machine.
public struct NormalNumbers {
    private var state: UInt64

    /// The numbers of a seed.
    public init(seed: UInt64) { state = seed }

    private mutating func uniform() -> Double {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return (Double(state >> 12) + 0.5) / Double(1 << 52)
    }

    /// The next one.
    public mutating func next() -> Double { (-2 * log(uniform())).squareRoot() * cos(2 * .pi * uniform()) }

    /// Samples of a variance about a mean, LSB.
    public mutating func samples(_ count: Int, variance: Double, mean: Double = 0) -> [Int16] {
        let deviation = variance.squareRoot()
        return (0..<count).map { _ in Int16((deviation * next() + mean).rounded()) }
    }
}
