using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using SecretsPortal.Services.Rotation.Functions;

namespace SecretsPortal.Services.Tests.Rotation.Functions;

/// <summary>Real programs, served the Runtime API: what they get, what they can't do, and that nothing of them stays.</summary>
public sealed class LambdaProcessTests : IDisposable
{
    private readonly FunctionFolder _folder = new();

    [Theory]
    [InlineData("python")]
    [InlineData("node")]
    public async Task A_function_gets_the_event_its_context_and_the_variables_that_AWS_documents(string runtime)
    {
        var function = runtime == "python"
            ? _folder.Python("""
                import json, os
                def run(event, context):
                    print(json.dumps({"event": event, "arn": context.invoked_function_arn, "id": context.aws_request_id,
                        "left": context.get_remaining_time_in_millis(), "env": dict(os.environ), "cwd": os.getcwd(), "uid": os.getuid()}))
                """)
            : _folder.Node("""
                export async function run(event, context) {
                  console.log(JSON.stringify({ event, arn: context.invokedFunctionArn, id: context.awsRequestId,
                    left: context.getRemainingTimeInMillis(), env: process.env, cwd: process.cwd(), uid: process.getuid() }));
                }
                """);
        function = function with { Variables = [new("EXCLUDE_CHARACTERS", "/@\"' "), new("PATH_OF_MINE", "x")] };

        var result = await _folder.Invoke(function);

        Assert.True(result.Succeeded, $"{result.ErrorType} {result.ErrorMessage} {result.Log}");
        var seen = JsonDocument.Parse(result.Log).RootElement;
        Assert.Equal(JsonSerializer.Serialize(JsonDocument.Parse(FunctionFolder.Event)), JsonSerializer.Serialize(seen.GetProperty("event")));
        Assert.Equal("arn:aws:lambda:us-east-1:123456789012:function:f", seen.GetProperty("arn").GetString());
        Assert.InRange(seen.GetProperty("left").GetInt32(), 1, 60_000);
        var environment = seen.GetProperty("env");
        var names = environment.EnumerateObject().Select(variable => variable.Name).ToHashSet();
        Assert.Superset(new HashSet<string>
        {
            "AWS_LAMBDA_RUNTIME_API", "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "LAMBDA_TASK_ROOT", "_HANDLER", "AWS_REGION", "AWS_DEFAULT_REGION",
            "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "SECRETS_MANAGER_ENDPOINT", "PATH", "EXCLUDE_CHARACTERS",
        }, names);
        // Nothing of the portal's own environment, which this test's is.
        var own = Environment.GetEnvironmentVariables().Keys.Cast<string>().Except(["PATH", "HOME", "LANG", "TZ", "TMPDIR", "AWS_REGION", "AWS_DEFAULT_REGION"]);
        Assert.Empty(names.Intersect(own));
        Assert.Equal("/@\"' ", environment.GetProperty("EXCLUDE_CHARACTERS").GetString());
        Assert.Equal("http://127.0.0.1:8210", environment.GetProperty("SECRETS_MANAGER_ENDPOINT").GetString());
        Assert.Equal("the-session-token", environment.GetProperty("AWS_SESSION_TOKEN").GetString());
        Assert.Equal(Path.Combine(_folder.Path, function.Folder!), seen.GetProperty("cwd").GetString());
        if (Environment.UserName == "root")
            Assert.InRange(seen.GetProperty("uid").GetInt32(), 61_184, 61_184 + FunctionOptions.UserIds);
        Assert.False(Directory.Exists(environment.GetProperty("TMPDIR").GetString()));
    }

    [Theory]
    [InlineData("def run(event, context):\n    raise ValueError('the host is down')", "ValueError", "the host is down")]
    [InlineData("import nothing_of_that_name", "ModuleNotFoundError", "No module named 'nothing_of_that_name'")]
    [InlineData("def run(event, context)", "SyntaxError", "")]
    [InlineData("def walk(): pass", "AttributeError", "run")]
    [InlineData("def run(event, context):\n    return object()", "TypeError", "not JSON serializable")]
    public async Task What_a_Python_function_fails_with_is_told(string text, string type, string message)
    {
        var result = await _folder.Invoke(_folder.Python(text));

        Assert.Equal((false, type), (result.Succeeded, result.ErrorType));
        Assert.Contains(message, result.ErrorMessage, StringComparison.Ordinal);
        Assert.Contains("Traceback", result.Log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("export const run = async () => { throw new RangeError('the host is down'); };", "RangeError", "the host is down")]
    [InlineData("export const run = (event, context, callback) => { setTimeout(() => callback(new Error('late')), 10); };", "Error", "late")]
    [InlineData("import 'nothing-of-that-name'; export const run = () => {};", "Error", "nothing-of-that-name")]
    [InlineData("export const walk = 1;", "Error", "handler.run is not a function")]
    public async Task What_a_Node_function_fails_with_is_told(string text, string type, string message)
    {
        var result = await _folder.Invoke(_folder.Node(text));

        Assert.Equal((false, type), (result.Succeeded, result.ErrorType));
        Assert.Contains(message, result.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_Node_function_may_answer_by_its_callback()
    {
        var result = await _folder.Invoke(_folder.Node("export const run = (event, context, callback) => { console.log('called'); setTimeout(() => callback(null, { ok: true }), 10); };"));
        Assert.True(result.Succeeded, result.ErrorMessage);
        Assert.Equal("called\n", result.Log);
    }

    [Fact]
    public async Task Where_the_portal_is_root_what_a_function_leaves_where_everybody_may_write_is_removed()
    {
        Assert.SkipUnless(Environment.UserName == "root", "Only root can give a process a user of its own.");
        var name = $"left-{System.Security.Cryptography.RandomNumberGenerator.GetHexString(12, lowercase: true)}";
        var function = _folder.Python($$"""
            import os
            def run(event, context):
                for folder in ["/tmp", "/var/tmp", "/dev/shm"]:
                    if os.path.isdir(folder):
                        os.makedirs(folder + "/{{name}}/deep")
                        open(folder + "/{{name}}/deep/file", "w").write("something")
                        open(folder + "/{{name}}.txt", "w").write("something")
                os.symlink("/etc", "/tmp/{{name}}/link")
            """);
        var ofOthers = Path.Combine("/tmp", $"{name}-ours");
        await File.WriteAllTextAsync(ofOthers, "the portal's");

        var result = await _folder.Invoke(function);

        Assert.True(result.Succeeded, $"{result.ErrorMessage} {result.Log}");
        foreach (var folder in (string[])["/tmp", "/var/tmp", "/dev/shm"])
            Assert.DoesNotContain(Directory.EnumerateFileSystemEntries(folder, $"{name}*"), path => path != ofOthers);
        Assert.True(File.Exists(ofOthers));
        Assert.True(File.Exists("/etc/passwd"));
        File.Delete(ofOthers);
    }

    [Fact]
    public async Task A_function_that_hangs_is_ended_with_all_that_it_started()
    {
        // A child in the same group, one in a session of its own, and one whose parent is gone.
        var function = _folder.Python("""
            import os, subprocess, sys, time
            def run(event, context):
                children = [subprocess.Popen(["/usr/bin/sleep", "300"]), subprocess.Popen(["/usr/bin/sleep", "300"], start_new_session=True)]
                if os.fork() == 0:
                    os.setsid()
                    if os.fork() == 0:
                        os.write(1, b"orphan %d\n" % os.getpid())
                        time.sleep(300)
                    os._exit(0)
                os.write(1, b"children %d %d %d\n" % (children[0].pid, children[1].pid, os.getpid()))
                time.sleep(300)
            """) with { Timeout = TimeSpan.FromSeconds(15) };
        var began = Stopwatch.GetTimestamp();

        var result = await _folder.Invoke(function);

        Assert.Contains("did not answer within 15 seconds", result.ErrorMessage, StringComparison.Ordinal);
        Assert.InRange(Stopwatch.GetElapsedTime(began), TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(90));
        var ids = result.Log.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries).Where(word => char.IsAsciiDigit(word[0])).Select(int.Parse).ToList();
        Assert.Equal(4, ids.Count);
        Assert.All(ids, id => Assert.False(IsAlive(id), $"Process {id} lives."));
    }

    [Fact]
    public async Task A_child_that_outlives_a_function_that_answered_dies_too()
    {
        var result = await _folder.Invoke(_folder.Python("""
            import subprocess
            def run(event, context):
                print(subprocess.Popen(["/usr/bin/sleep", "300"], start_new_session=True).pid)
            """));

        Assert.True(result.Succeeded, result.ErrorMessage);
        Assert.False(IsAlive(int.Parse(result.Log, CultureInfo.InvariantCulture)));
    }

    [Fact]
    public async Task Cancelling_ends_the_process()
    {
        using var cancel = new CancellationTokenSource();
        var file = Path.Combine(_folder.Path, "pid");
        var function = _folder.Python($"""
            import os, time
            open({JsonSerializer.Serialize(file)}, "w").write(str(os.getpid()))
            def run(event, context):
                time.sleep(300)
            """);
        await File.WriteAllTextAsync(file, "");
        FunctionFolder.Mode(file, "602");

        var invocation = _folder.Invoke(function, cancel.Token);
        int id;
        while (!int.TryParse(await File.ReadAllTextAsync(file), CultureInfo.InvariantCulture, out id))
        {
            Assert.False(invocation.IsCompleted, "It ended before it began.");
            await Task.Delay(50);
        }

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => invocation);
        Assert.False(IsAlive(id));
    }

    [Theory]
    [InlineData("#!/bin/sh\nexit 7\n", "exit code 7")]
    [InlineData("#!/bin/sh\necho going\nkill -SEGV $$\n", "signal 11")]
    [InlineData("#!/nothing/here\n", "exit code")]
    public async Task A_program_that_ends_without_an_answer_is_told_of(string text, string message)
    {
        var result = await _folder.Invoke(_folder.Program(text));
        Assert.False(result.Succeeded);
        Assert.Contains(message, result.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    [SupportedOSPlatform("linux")]
    public async Task A_function_of_a_portal_that_was_killed_ends_by_itself()
    {
        // Nobody waits for it here, as nobody does then.
        var program = _folder.Program("#!/bin/sh\nexec sleep 300\n") with { Timeout = TimeSpan.FromSeconds(1) };
        await using var sleeping = ProcessLaunch.Prepare(program, _folder.Options.Functions);
        using var process = Process.Start(sleeping.StartInfo(program, FunctionFolder.Call(), 1))!;
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        await process.WaitForExitAsync(limit.Token);
        Assert.Equal(128 + 9, process.ExitCode);
    }

    [Fact]
    public async Task Output_without_end_ends_the_function_and_is_bounded()
    {
        var result = await _folder.Invoke(_folder.Program("#!/bin/sh\nexec yes 'a line of output'\n"));

        Assert.Contains("more than 16 MiB of output", result.ErrorMessage, StringComparison.Ordinal);
        Assert.InRange(result.Log.Length, 60_000, 66_000);
    }

    [Fact]
    public async Task Much_output_is_kept_at_its_end_alone()
    {
        var result = await _folder.Invoke(_folder.Python("def run(event, context):\n    for i in range(20000):\n        print('line', i)"));

        Assert.True(result.Succeeded, result.ErrorMessage);
        Assert.EndsWith("line 19999\n", result.Log, StringComparison.Ordinal);
        Assert.StartsWith("…\nline ", result.Log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("next once; post invocation/$id/response x", true, null)]
    [InlineData("next once; post invocation/$id/error 'not json'", false, "")]
    [InlineData("next once; post invocation/another/response x; post invocation/$id/error '{\"errorMessage\":\"said\",\"errorType\":\"Own\"}'", false, "said")]
    [InlineData("post init/error '{\"errorMessage\":\"no driver\",\"errorType\":\"Start\"}'", false, "no driver")]
    [InlineData("post invocation/$id/response x; get nothing; exit 3", false, "exit code 3")]
    [InlineData("next once; next twice; exit 4", false, "exit code 4")]
    [InlineData("next once; head -c 70000 /dev/zero > $TMPDIR/b; post invocation/$id/response @$TMPDIR/b", false, "longer than 65536 bytes")]
    public async Task Nonsense_is_no_answer(string script, bool succeeds, string? message)
    {
        if (!File.Exists("/usr/bin/curl"))
            Assert.Skip("curl is not installed.");
        var function = _folder.Program($$"""
            #!/bin/sh
            api=http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime
            next() { curl -s -m 20 -D $TMPDIR/headers -o $TMPDIR/event -w "$1 %{http_code}\n" $api/invocation/next; id=$(sed -n 's/^Lambda-Runtime-Aws-Request-Id: \([-0-9a-f]*\).*/\1/ip' $TMPDIR/headers); }
            post() { curl -s -m 20 -o /dev/null -w "$1 %{http_code}\n" -H 'Expect:' --data-binary "$2" $api/$1; }
            get() { curl -s -m 20 -o /dev/null -w "$1 %{http_code}\n" $api/$1; }
            {{script}}
            """);

        var result = await _folder.Invoke(function);

        Assert.True(result.Succeeded == succeeds, $"{result.ErrorMessage} {result.Log}");
        if (message is not null)
            Assert.Contains(message, result.ErrorMessage, StringComparison.Ordinal);
        if (script.Contains("twice", StringComparison.Ordinal))
            Assert.Contains("twice 403", result.Log, StringComparison.Ordinal);
    }

    /// <summary>Where the portal is not root, a child that has nothing left to be known by ends all the same.</summary>
    [Fact]
    [SupportedOSPlatform("linux")]
    public async Task Whoever_empties_its_environment_and_leaves_its_session_ends_with_its_program()
    {
        string[] user = Environment.UserName == "root" ? ["/usr/bin/setpriv", "--reuid=61999", "--regid=61999", "--clear-groups"] : [];
        var (fence, _) = ProcessLaunch.FindOwnProcesses(user);
        Assert.SkipWhen(fence.Length == 0, "This machine lets no user make a namespace of processes.");
        var (alive, child) = (Path.Combine(_folder.Path, "alive"), Path.Combine(_folder.Path, "child.sh"));
        await File.WriteAllTextAsync(alive, "");
        FunctionFolder.Mode(alive, "666");
        await File.WriteAllTextAsync(child, $"while :; do echo x >> {alive}; sleep 0.05; done");
        FunctionFolder.Mode(child, "644");
        string[] command = [.. user, .. fence, "/bin/sh", "-c", $"env -i setsid /bin/sh {child} & sleep 600"];
        using var program = Process.Start(new ProcessStartInfo(command[0], command[1..]))!;
        for (var attempt = 0; attempt < 200 && new FileInfo(alive).Length == 0; attempt++)
            await Task.Delay(50);
        Assert.NotEqual(0, new FileInfo(alive).Length);

        program.Kill();

        await program.WaitForExitAsync();
        await Task.Delay(200);
        var length = new FileInfo(alive).Length;
        await Task.Delay(500);
        Assert.Equal(length, new FileInfo(alive).Length);
    }

    [Theory]
    [InlineData("unshare: unshare failed: Operation not permitted\n", true)]
    [InlineData("unshare: write failed /proc/self/uid_map: Operation not permitted\n", true)]
    [InlineData("unshare: unshare failed: Function not implemented\n", true)]
    [InlineData("unshare: unshare failed: No space left on device\n", false)]
    [InlineData("unshare: fork failed: Resource temporarily unavailable\n", false)]
    [SupportedOSPlatform("linux")]
    public void Only_a_namespace_that_the_kernel_refuses_is_not_tried_again(string words, bool isRefusal) => Assert.Equal(isRefusal, ProcessLaunch.IsRefusal(words));

    [Fact]
    public async Task Another_user_of_the_machine_gets_no_event()
    {
        if (Environment.UserName != "root")
            Assert.Skip("Only root can act as another user.");
        using var stranger = new HttpClient();
        var shared = Path.Combine(_folder.Path, "address");
        await File.WriteAllTextAsync(shared, "");
        FunctionFolder.Mode(shared, "602");
        var function = _folder.Python($"import os, time\nopen('{shared}', 'w').write(os.environ['AWS_LAMBDA_RUNTIME_API'])\nwhile not os.path.exists('{shared}-seen'):\n    time.sleep(0.1)\ndef run(event, context):\n    pass\n");

        var running = _folder.Invoke(function);
        var address = "";
        for (var attempt = 0; attempt < 300 && address.Length == 0; attempt++, await Task.Delay(100))
            address = await File.ReadAllTextAsync(shared);
        // Root is another user than the function's.
        var refused = await stranger.GetAsync(new Uri($"http://{address}/2018-06-01/runtime/invocation/next"));
        var forged = await stranger.PostAsync(new Uri($"http://{address}/2018-06-01/runtime/init/error"), new StringContent("{}"));

        Assert.Equal((403, 403), ((int)refused.StatusCode, (int)forged.StatusCode));
        Assert.DoesNotContain("SecretId", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await File.WriteAllTextAsync($"{shared}-seen", "");
        var result = await running;
        Assert.True(result.Succeeded, result.ErrorMessage);
    }

    [Fact]
    public async Task Memory_is_limited()
    {
        var result = await _folder.Invoke(_folder.Python("def run(event, context):\n    held = bytearray(400 * 1024 * 1024)\n    return len(held)") with { MemoryMiB = 128 });
        Assert.Equal((false, "MemoryError"), (result.Succeeded, result.ErrorType));
        var enough = await _folder.Invoke(_folder.Python("def run(event, context):\n    held = bytearray(400 * 1024 * 1024)\n    return len(held)") with { MemoryMiB = 1024 });
        Assert.True(enough.Succeeded, enough.ErrorMessage);
    }

    [Fact]
    public async Task A_function_of_its_own_user_reads_nothing_of_the_portal()
    {
        if (Environment.UserName != "root")
            Assert.Skip("Functions have a user of their own only where the portal is root.");
        var secret = Path.Combine(_folder.Path, "local-kms.key");
        await File.WriteAllTextAsync(secret, "key");
        FunctionFolder.Mode(secret, "600");
        var result = await _folder.Invoke(_folder.Python($$"""
            import os
            def run(event, context):
                for path in ["{{secret}}", "/proc/{{Environment.ProcessId}}/environ", "/etc/shadow"]:
                    try:
                        open(path).read()
                        print("read", path)
                    except PermissionError:
                        print("refused")
                try:
                    os.setuid(0)
                except PermissionError:
                    print("refused")
                try:
                    os.kill({{Environment.ProcessId}}, 0)
                    print("signalled")
                except PermissionError:
                    print("refused")
                print(os.getgroups())
            """));
        Assert.Equal("refused\nrefused\nrefused\nrefused\nrefused\n[]\n", result.Log);
    }

    [Fact]
    public async Task What_can_not_be_started_is_told_with_the_remedy()
    {
        var missing = await _folder.Invoke(_folder.Python("") with { Folder = "nothing" });
        Assert.True(missing.IsFinal);
        Assert.Contains("does not exist on the portal's machine", missing.ErrorMessage, StringComparison.Ordinal);
        var above = await _folder.Invoke(_folder.Python("") with { Folder = "../outside" });
        Assert.Contains("is not below", above.ErrorMessage, StringComparison.Ordinal);
        var noProgram = await _folder.Invoke(_folder.Program("#!/bin/sh\n") with { Command = ["missing"] });
        Assert.Contains("has no file missing", noProgram.ErrorMessage, StringComparison.Ordinal);
        var program = _folder.Program("#!/bin/sh\n");
        FunctionFolder.Mode(Path.Combine(_folder.Path, program.Folder!, "bootstrap"), "644");
        Assert.Contains("chmod +x", (await _folder.Invoke(program)).ErrorMessage, StringComparison.Ordinal);
        var off = await new LambdaProcess(_folder.Options with { Functions = new FunctionOptions() }, TimeProvider.System, NullLogger<LambdaProcess>.Instance).Invoke(program, null, FunctionFolder.Call(), default);
        Assert.Contains("Portal:Functions:Directory", off.ErrorMessage, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private static bool IsAlive(int id) => Directory.Exists($"/proc/{id}") && !File.ReadAllText($"/proc/{id}/status").Contains("State:\tZ", StringComparison.Ordinal);
}
