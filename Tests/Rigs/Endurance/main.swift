// Plugs and unplugs a unit in mid-stream, and starts and stops sessions, as often as it is told, and looks whether threads,
// descriptors and memory are the same at the end as after the first tenth. Prints a line per part and
// "N passed, N failed".
//
//   cvqkd-endurance [--transport pty|usb] [--plugs N] [--starts N]

import Glibc
import ProcessResources

Resources.settleAllocator()
var options: [String: String] = ["--transport": "pty", "--plugs": "200", "--starts": "2000"]
var words = CommandLine.arguments.dropFirst()
while let name = words.popFirst() {
    guard options[name] != nil, let value = words.popFirst() else {
        print("usage: cvqkd-endurance [--transport pty|usb] [--plugs N] [--starts N]")
        exit(64)
    }
    options[name] = value
}
guard let plugs = options["--plugs"].flatMap(Int.init), let starts = options["--starts"].flatMap(Int.init),
    let line = options["--transport"].flatMap(EnduranceBench.Line.init(rawValue:)), plugs >= 0, starts >= 0
else {
    print("usage: cvqkd-endurance [--transport pty|usb] [--plugs N] [--starts N]")
    exit(64)
}

if let fault = Resources.heapFigureFault() {
    print("FAIL  the figure of the heap: \(fault)")
    exit(1)
}
var failed = 0
for (name, count, cycle) in [
    ("plug and unplug in mid-stream", plugs, EnduranceBench.unplugInMidStream),
    ("start and stop", starts, EnduranceBench.startAndStop),
] as [(String, Int, @Sendable (EnduranceBench, Int) async throws -> Void)] where count > 0 {
    do {
        let bench = try await EnduranceBench(line)
        let report = try await Endurance.run(count, on: bench, cycle)
        print("ok    \(line.rawValue), \(name): \(report)")
        await bench.end()
    } catch {
        failed += 1
        print("FAIL  \(line.rawValue), \(name): \(error)")
    }
    fflush(nil)
}
print("\((plugs > 0 ? 1 : 0) + (starts > 0 ? 1 : 0) - failed) passed, \(failed) failed")
exit(failed == 0 ? 0 : 1)
