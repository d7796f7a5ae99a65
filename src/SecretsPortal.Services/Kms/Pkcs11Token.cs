using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Net.Pkcs11Interop.Common;
using Net.Pkcs11Interop.HighLevelAPI;
using SecretsPortal.Core;

namespace SecretsPortal.Services.Kms;

/// <summary>A session of the token, logged in.</summary>
internal sealed record Pkcs11Session(ISession Api, IReadOnlySet<CKM> Mechanisms)
{
    /// <summary>Whether the token knows a mechanism.</summary>
    public bool Has(CKM mechanism) => Mechanisms.Contains(mechanism);
}

/// <summary>
/// The token and its sessions: found by its label, logged in to once, and found anew after it was taken away or another part of the process
/// finalized the module. Its methods block and run on <see cref="NativeWorkers"/> alone.
/// </summary>
/// <remarks>A PIN that the token refused is not tried again until the PIN file holds another one: a token locks after a few wrong ones.</remarks>
internal sealed class Pkcs11Token(Pkcs11Options options) : IDisposable
{
    private const int LongestPinFile = 1024;

    // How long a call that finds the token lost waits for the calls of others to leave the module.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

    private static readonly CKR[] s_lost =
    [
        CKR.CKR_CRYPTOKI_NOT_INITIALIZED, CKR.CKR_DEVICE_ERROR, CKR.CKR_DEVICE_REMOVED, CKR.CKR_FUNCTION_FAILED, CKR.CKR_GENERAL_ERROR,
        CKR.CKR_KEY_HANDLE_INVALID, CKR.CKR_OBJECT_HANDLE_INVALID, CKR.CKR_SESSION_CLOSED, CKR.CKR_SESSION_HANDLE_INVALID, CKR.CKR_SLOT_ID_INVALID,
        CKR.CKR_TOKEN_NOT_PRESENT, CKR.CKR_TOKEN_NOT_RECOGNIZED, CKR.CKR_USER_NOT_LOGGED_IN,
    ];

    // The library asks for libdl by a name that only development packages bring; the C library itself has its functions today.
    static Pkcs11Token() => NativeLibrary.SetDllImportResolver(
        typeof(Pkcs11InteropFactories).Assembly,
        (name, assembly, path) => name == "libdl" && OperatingSystem.IsLinux() && NativeLibrary.TryLoad("libdl.so.2", assembly, path, out var handle) ? handle : 0);

    private readonly ReaderWriterLockSlim _gate = new();
    private readonly ConcurrentBag<ISession> _idle = [];
    private IPkcs11Library? _module;
    private ISlot? _slot;
    private HashSet<CKM> _mechanisms = [];
    private byte[]? _refusedPin;
    private long _generation;

    /// <summary>
    /// Runs <paramref name="call"/> in a session that no other call has. What a lost token answers is tried once more on a module that was initialized
    /// anew; <see cref="KmsOutageException"/> where that fails, too.
    /// </summary>
    public T Use<T>(Func<Pkcs11Session, T> call)
    {
        var generation = Volatile.Read(ref _generation);
        try
        {
            return UseOnce(call);
        }
        catch (Exception fault) when (fault is Pkcs11KeyMissingException or Pkcs11TokenMissingException || fault is Pkcs11Exception { RV: var rv } && s_lost.Contains(rv))
        {
            Reset(generation);
        }
        catch (Pkcs11Exception fault)
        {
            throw Outage(fault);
        }

        try
        {
            return UseOnce(call);
        }
        catch (Pkcs11TokenMissingException)
        {
            throw new KmsOutageException("The PKCS#11 module has no token with the label of Portal:Kms:Pkcs11:TokenLabel. Connect the token, or correct the label.");
        }
        catch (Pkcs11KeyMissingException)
        {
            throw KmsFaults.KeyUnusable("The PKCS#11 token has no AES key with the label or id that the key reference names (Portal:Kms:KeyReference for the default key). Restore the key, or correct the reference.");
        }
        catch (Pkcs11Exception fault)
        {
            throw Outage(fault);
        }
    }

    /// <summary>Closes the sessions and the module; leaves both as they are where a call hangs.</summary>
    public void Dispose()
    {
        if (!_gate.TryEnterWriteLock(s_patience))
            return;
        Close();
        _gate.ExitWriteLock();
    }

    private T UseOnce<T>(Func<Pkcs11Session, T> call)
    {
        Open();
        if (!_gate.TryEnterReadLock(s_patience))
            throw new KmsOutageException("The PKCS#11 module is being initialized anew.");
        try
        {
            var slot = _slot ?? throw new Pkcs11TokenMissingException();
            if (!_idle.TryTake(out var session))
                session = slot.OpenSession(SessionType.ReadOnly);
            var isUsable = false;
            try
            {
                var answer = call(new Pkcs11Session(session, _mechanisms));
                isUsable = true;
                return answer;
            }
            catch (PortalException)
            {
                isUsable = true;
                throw;
            }
            finally
            {
                if (isUsable)
                    _idle.Add(session);
                else
                    Quietly(session.CloseSession);
            }
        }
        finally
        {
            _gate.ExitReadLock();
        }
    }

    /// <summary>Loads the module, finds the token and logs in, unless that is done.</summary>
    private void Open()
    {
        if (Volatile.Read(ref _slot) is not null)
            return;
        if (!_gate.TryEnterWriteLock(s_patience))
            throw new KmsOutageException("The PKCS#11 module does not return from the calls before this one.");
        try
        {
            if (_slot is not null)
                return;
            _module ??= Load();
            var slot = _module.GetSlotList(SlotsType.WithTokenPresent).FirstOrDefault(s => s.GetTokenInfo().Label.TrimEnd() == options.TokenLabel)
                ?? throw new Pkcs11TokenMissingException();
            var mechanisms = slot.GetMechanismList().ToHashSet();
            // A session that stays open keeps the login, which belongs to the application and not to one session.
            var session = slot.OpenSession(SessionType.ReadOnly);
            try
            {
                LogIn(slot, session);
            }
            catch
            {
                Quietly(session.CloseSession);
                throw;
            }

            _idle.Add(session);
            _mechanisms = mechanisms;
            Volatile.Write(ref _slot, slot);
        }
        finally
        {
            _gate.ExitWriteLock();
        }
    }

    private IPkcs11Library Load()
    {
        try
        {
            var factories = new Pkcs11InteropFactories();
            return factories.Pkcs11LibraryFactory.LoadPkcs11Library(factories, options.ModulePath, AppType.MultiThreaded);
        }
        catch (Exception fault) when (fault is LibraryArchitectureException or UnmanagedException or IOException)
        {
            throw new KmsOutageException("The file of Portal:Kms:Pkcs11:ModulePath can't be loaded as a PKCS#11 module. Name the module that belongs to the token and this processor.", fault);
        }
    }

    private void LogIn(ISlot slot, ISession session)
    {
        var pin = ReadPin();
        try
        {
            var fingerprint = SHA256.HashData(pin);
            if (_refusedPin is not null && CryptographicOperations.FixedTimeEquals(_refusedPin, fingerprint))
                throw WrongPin(null);
            if (slot.GetTokenInfo().TokenFlags.UserPinFinalTry)
                throw new KmsOutageException("The PKCS#11 token has one try left before it locks the PIN, and the portal leaves that to you. Log in once with another tool, then write the PIN into the file of Portal:Kms:Pkcs11:PinFile.");
            try
            {
                session.Login(CKU.CKU_USER, pin);
                _refusedPin = null;
            }
            catch (Pkcs11Exception fault) when (fault.RV == CKR.CKR_USER_ALREADY_LOGGED_IN)
            {
                // Another part of this process uses the same token.
            }
            catch (Pkcs11Exception fault) when (fault.RV is CKR.CKR_PIN_INCORRECT or CKR.CKR_PIN_INVALID or CKR.CKR_PIN_LEN_RANGE)
            {
                _refusedPin = fingerprint;
                throw WrongPin(fault);
            }
            catch (Pkcs11Exception fault) when (fault.RV is CKR.CKR_PIN_LOCKED or CKR.CKR_PIN_EXPIRED or CKR.CKR_USER_PIN_NOT_INITIALIZED)
            {
                throw new KmsOutageException($"The PKCS#11 token takes no PIN now ({fault.RV}). Let its security officer set the user's PIN, and write it into the file of Portal:Kms:Pkcs11:PinFile.", fault);
            }
        }
        finally
        {
            CryptographicOperations.ZeroMemory(pin);
        }
    }

    private static KmsOutageException WrongPin(Exception? cause) => new(
        "The PKCS#11 token refuses the PIN in the file of Portal:Kms:Pkcs11:PinFile. It is not tried again, which could lock the token, until the file holds another one.", cause);

    private byte[] ReadPin()
    {
        try
        {
            using var file = File.OpenRead(options.PinFile);
            var buffer = new byte[LongestPinFile];
            var length = file.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            var pin = buffer.AsSpan(0, length).TrimEnd("\r\n"u8).ToArray();
            CryptographicOperations.ZeroMemory(buffer);
            return pin.Length > 0 && length < LongestPinFile ? pin : throw new KmsOutageException("The file of Portal:Kms:Pkcs11:PinFile holds no PIN. Write the user's PIN into it, on one line.");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new KmsOutageException("The file of Portal:Kms:Pkcs11:PinFile can't be read. Let the portal's user read it.", fault);
        }
    }

    /// <summary>Lets go of the module, so that the next call initializes it anew; once for all calls that found the same fault.</summary>
    private void Reset(long generation)
    {
        if (!_gate.TryEnterWriteLock(s_patience))
            throw new KmsOutageException("The PKCS#11 module does not return from the calls before this one.");
        try
        {
            if (_generation == generation)
                Close();
        }
        finally
        {
            _gate.ExitWriteLock();
        }
    }

    private void Close()
    {
        _generation++;
        while (_idle.TryTake(out var session))
            Quietly(session.CloseSession);
        Volatile.Write(ref _slot, null);
        if (_module is { } module)
            Quietly(module.Dispose);
        _module = null;
    }

    private static void Quietly(Action close)
    {
        try
        {
            close();
        }
        catch (Pkcs11Exception)
        {
            // What is closed is lost already.
        }
    }

    private static KmsOutageException Outage(Pkcs11Exception fault) =>
        new($"The PKCS#11 token fails ({fault.RV}). Check the token and the module of Portal:Kms:Pkcs11:ModulePath.", fault);
}

/// <summary>No slot holds a token with the configured label.</summary>
internal sealed class Pkcs11TokenMissingException : Exception;
