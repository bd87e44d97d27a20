// The driver's own way from a USB device to sums: USBTransport, StreamAccounting, moments. Prints one JSON line.
//
//   usb-reader NODE MEGABYTES         one device, as fast as it comes
//   usb-reader NODE MEGABYTES RATE    paced to RATE MB/s; adds latencies from the device's end to the consumer, s
//   usb-reader NODE,NODE MEGABYTES    two devices at once, until both have delivered

import Glibc
import QuadratureAnalysis
import StreamSums
import USBTransport
import UnitControl
import UnitProtocol
import UnitTransport

let stride = 16_384
let symbols = 4064
/// The source begins its numbers again after so many bytes.
let pass = 1024 * stride

struct Loss: Error, CustomStringConvertible { let description: String }

struct Reading: Sendable {
    var bytes = 0
    var frames: UInt64 = 0
    var sumOfSquares: Int64 = 0
    var finished = 0.0
    var latencies: [Double] = []
    /// Bytes that had come at each tenth of a second.
    var progress: [Int] = []
}

func now(_ clock: clockid_t = CLOCK_MONOTONIC) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
}

func cpuSeconds() -> Double {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
        + 1e-6 * Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec)
}

func order(_ total: Int, rate: Int) -> [UInt8] {
    withUnsafeBytes(of: (UInt64(total), UInt64(rate))) { Array($0) }
}

func read(_ transport: USBTransport, total: Int, rate: Int, start: Double) async throws -> Reading {
    func fresh() -> StreamAccounting {
        StreamAccounting(session: 1, purpose: .test, symbolsPerFrame: UInt32(symbols), sampleFormat: .xp16)
    }
    var reading = Reading()
    var accounting = fresh()
    var sums = StreamSums()
    try await transport.send(order(total, rate: rate))
    while reading.bytes < total {
        let block = try await transport.receiveStream()
        if rate > 0 {
            let stamp = block.bytes.unsafeLoadUnaligned(fromByteOffset: block.count - 8, as: UInt64.self)
            reading.latencies.append(now() - 1e-9 * Double(stamp))
        }
        // The numbers begin again in mid-block where a paced source has ended a transfer early.
        var offset = 0
        while offset < block.count {
            let end = min(block.count, offset + pass - reading.bytes % pass)
            try accounting.accept(block.bytes.extracting(offset..<end), stride: block.stride, into: &sums)
            reading.bytes += end - offset
            offset = end
            guard reading.bytes % pass == 0 || reading.bytes == total else { continue }
            guard accounting.counters.isConserved, accounting.counters.missingSymbols == 0 else {
                throw Loss(description: "at byte \(reading.bytes): \(accounting.counters), \(transport.counters)")
            }
            reading.frames += accounting.counters.frames
            accounting = fresh()
        }
        let tenth = Int((now() - start) * 10)
        while reading.progress.count <= tenth { reading.progress.append(reading.bytes) }
    }
    reading.finished = now()
    reading.sumOfSquares = sums.moments.x.sumOfSquares &+ sums.moments.p.sumOfSquares
    guard reading.frames == UInt64(total / stride) else { throw Loss(description: "\(reading.frames) frames came") }
    return reading
}

do {
    let words = CommandLine.arguments
    let nodes = words[1].split(separator: ",").map(String.init)
    let total = (Int(words[2]) ?? 64) << 20
    let rate = words.count > 3 ? (Int(words[3]) ?? 100) * 1_000_000 : 0
    var transports: [USBTransport] = []
    for node in nodes {
        let transport = try USBTransport(node: node, serial: "bench")
        try await transport.openStream(StreamGeometry(frameBytes: stride, secret: false))
        transports.append(transport)
    }
    // One pass before the clock starts: the first frames pay for what a program does once (threads, metadata, symbols
    // that are bound), which in an emulated processor is as much as 5 % of 64 MiB.
    for transport in transports { _ = try await read(transport, total: pass, rate: 0, start: now()) }
    let (start, startCPU) = (now(), cpuSeconds())
    let readings = try await withThrowingTaskGroup(of: Reading.self) { group in
        for transport in transports {
            group.addTask { try await read(transport, total: total, rate: rate, start: start) }
        }
        return try await group.reduce(into: [Reading]()) { $0.append($1) }
    }
    let cpu = cpuSeconds() - startCPU
    let seconds = (readings.map(\.finished).max() ?? start) - start
    // Fairness is judged while both stream: at the last tenth before the quicker one ends.
    let both = max(0, (readings.map(\.progress.count).min() ?? 1) - 2)
    let shares = readings.map { $0.progress.isEmpty ? 0 : $0.progress[min(both, $0.progress.count - 1)] }
    let unfairness = Double(shares.max() ?? 1) / Double(max(1, shares.min() ?? 1)) - 1
    let latencies = readings.flatMap(\.latencies).sorted()
    func quantile(_ q: Double) -> Double {
        latencies.isEmpty ? 0 : latencies[min(latencies.count - 1, Int(q * Double(latencies.count)))]
    }
    for transport in transports { await transport.close() }
    print(
        """
        {"bytes": \(total * nodes.count), "seconds": \(seconds), "cpuSeconds": \(cpu), \
        "sumOfSquares": \(readings[0].sumOfSquares), "unfairness": \(unfairness), "blocks": \(latencies.count), \
        "latencyMedian": \(quantile(0.5)), "latencyP999": \(quantile(0.999))}
        """)
} catch {
    fputs("usb-reader: \(error)\n", stderr)
    exit(1)
}
