internal import LinkMonitors
internal import QuadratureAnalysis

/// Sums that can be added up.
protocol Mergeable {
    mutating func merge(_ other: Self)
}

extension SampleShape: Mergeable {}
extension TrainingRegression: Mergeable {}
extension ShutterReadings: Mergeable {}

/// Sums that need more than one window to say something: they go on until they are enough, and the latest complete ones
/// stay beside those that are being collected. So what is judged always has enough, and is at most twice as old as it
/// has to be.
struct LastingSums<Sums: Mergeable> {
    private let empty: Sums
    private var complete: Sums?
    private var collecting: Sums

    init(_ empty: Sums) {
        self.empty = empty
        collecting = empty
    }

    /// All that counts now.
    var present: Sums {
        guard var sums = complete else { return collecting }
        sums.merge(collecting)
        return sums
    }

    /// Adds a window's.
    mutating func add(_ sums: Sums) { collecting.merge(sums) }

    /// Begins anew if what was collected is enough by itself; what was complete before is forgotten.
    mutating func turn(if isEnough: (Sums) -> Bool) {
        guard isEnough(collecting) else { return }
        complete = collecting
        collecting = empty
    }
}
